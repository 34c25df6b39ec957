// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/told_cells.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "octocal/model/axis_selection.hpp"
#include "octocal/model/cell_ops.hpp"
#include "octocal/model/profile_spec.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::study {
namespace {

constexpr const char* kCondition = "condition/numbers";  // the node that joins description and e (cells_builder.cpp)

const model::Node* node_of(const model::Graph& graph, std::string_view op) {
  const auto found = std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const auto& n) { return n.op == op; });
  return found == graph.nodes.end() ? nullptr : &*found;
}

const model::Node* maker_of(const model::Graph& graph, const std::string& value) {
  const auto found = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                  [&](const auto& n) { return !n.outputs.empty() && n.outputs[0] == value; });
  return found == graph.nodes.end() ? nullptr : &*found;
}

std::vector<std::int64_t> indices_of(const model::SliceAxis& axis) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < axis.count; ++i) indices.push_back(axis.start + i * axis.step);
  return indices;
}

/// Where the cells of a draw lie: what it takes of the input `noise` (N, 2, nz, nx, ny) by a Slice says it.
bool find_cells(const model::Graph& graph, const model::Node& node, const std::map<std::string, model::Value>& values,
                const std::string& origin, ToldDraw& draw) {
  const auto* slice = maker_of(graph, node.inputs[1]);
  if (slice == nullptr || slice->op != "Slice" || slice->inputs.size() < 3 || slice->inputs[0] != "noise") return false;
  const auto constant = [&](std::size_t i) {
    return i < slice->inputs.size() ? graph.constant(slice->inputs[i]) : nullptr;
  };
  if (constant(1) == nullptr || constant(2) == nullptr) return false;
  const auto axes =
      model::slice_axes(*slice, values.at("noise").shape, *constant(1), *constant(2), constant(3), constant(4), origin);
  if (axes.size() != 5 || axes[1].count != 2) return false;
  draw.of_z = indices_of(axes[2]);
  draw.of_x = indices_of(axes[3]);
  draw.of_y = indices_of(axes[4]);
  return true;
}

/// Whether each cell of the image is drawn once.
bool draw_each_cell(const std::vector<ToldDraw>& draws, const model::AxisSizes& image) {
  std::vector<int> drawn(static_cast<std::size_t>(image.x * image.y * image.z));
  for (const auto& draw : draws) {
    const auto colour = draw.colour.as<float>();
    for (const auto z : draw.of_z)
      for (std::size_t i = 0; i < draw.of_x.size(); ++i)
        for (std::size_t j = 0; j < draw.of_y.size(); ++j)
          if (colour[i * draw.of_y.size() + j] != 0)
            ++drawn[static_cast<std::size_t>((draw.of_x[i] * image.y + draw.of_y[j]) * image.z + z)];
  }
  return std::all_of(drawn.begin(), drawn.end(), [](int times) { return times == 1; });
}

}  // namespace

std::optional<ToldCells> tell_cells(const model::Graph& graph, const std::string& origin) {
  const auto* map = node_of(graph, model::kExpectedCells);
  const auto condition =
      std::find_if(graph.nodes.begin(), graph.nodes.end(), [](const auto& node) { return node.name == kCondition; });
  if (map == nullptr || condition == graph.nodes.end() || condition->inputs.size() != 2 || graph.outputs.size() != 1)
    return std::nullopt;
  const auto values = model::infer_shapes(graph, origin);
  const auto& shape = graph.outputs[0].shape;
  if (shape.size() != 4) return std::nullopt;
  const model::AxisSizes image{shape[1], shape[2], shape[3]};

  ToldCells told;
  told.image = image;
  told.x = map->inputs[0];
  told.y = map->inputs[1];
  told.z = map->inputs[2];
  told.description = condition->inputs[0];
  if (values.at(told.description).shape != model::Shape{model::kBatch, model::description_size(image)})
    return std::nullopt;
  for (const auto& node : graph.nodes) {
    if (node.op != model::kDrawCells) continue;
    ToldDraw draw{node.inputs[0],
                  node.outputs[0],
                  *graph.constant(node.inputs[2]),
                  *graph.constant(node.inputs[3]),
                  *graph.constant(node.inputs[4]),
                  *graph.constant(node.inputs[5]),
                  {},
                  {},
                  {}};
    if (!find_cells(graph, node, values, origin, draw)) return std::nullopt;
    told.draws.push_back(std::move(draw));
  }
  if (!draw_each_cell(told.draws, image)) return std::nullopt;

  auto open = graph;
  std::set<std::string> given = {told.x, told.y, told.z, told.description};
  for (const auto& draw : told.draws) given.insert(draw.cells);
  std::erase_if(open.nodes, [&](const auto& node) {
    return std::any_of(node.outputs.begin(), node.outputs.end(),
                       [&](const auto& name) { return given.contains(name); });
  });
  open.inputs.clear();
  for (const auto& input : graph.inputs)
    if (input.name == "energy") open.inputs.push_back(input);
  for (const auto& name : {told.x, told.y, told.z, told.description}) open.inputs.push_back(values.at(name));
  std::vector<std::string> wanted;
  for (const auto& draw : told.draws) {
    open.inputs.push_back(values.at(draw.cells));
    wanted.push_back(draw.values);
  }
  // What only the profile network and the fit need goes; so do nodes that have lost an input.
  std::set<std::string> there;
  for (const auto& input : open.inputs) there.insert(input.name);
  for (const auto& [name, constant] : open.constants) there.insert(name);
  std::vector<model::Node> kept;
  for (auto& node : open.nodes) {
    const bool whole = std::all_of(node.inputs.begin(), node.inputs.end(),
                                   [&](const auto& name) { return name.empty() || there.contains(name); });
    if (!whole) continue;
    there.insert(node.outputs.begin(), node.outputs.end());
    kept.push_back(std::move(node));
  }
  open.nodes = std::move(kept);
  open.outputs.clear();
  for (const auto& name : wanted) {
    if (!there.contains(name)) return std::nullopt;
    open.outputs.push_back(values.at(name));
  }
  told.graph = quant::cut_graph(open, wanted, origin);
  return told;
}

}  // namespace octocal::study
