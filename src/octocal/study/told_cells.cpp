// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/told_cells.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "octocal/model/cell_ops.hpp"
#include "octocal/model/cells_spec.hpp"
#include "octocal/model/profile_spec.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::study {
namespace {

constexpr const char* kCondition = "condition/numbers";  // the node that joins description and e (cells_builder.cpp)

const model::Node* node_of(const model::Graph& graph, std::string_view op) {
  const auto found = std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const auto& n) { return n.op == op; });
  return found == graph.nodes.end() ? nullptr : &*found;
}

/// Where the cells of a draw lie, if the k-th draws as the builder's does.
bool draws_as_known(std::size_t k, const model::Node& node, const std::map<std::string, model::Value>& values,
                    const model::AxisSizes& image, ToldDraw& draw) {
  const auto pass = model::cell_pass(static_cast<std::int64_t>(k), image);
  if (values.at(node.outputs[0]).shape != model::Shape{model::kBatch, pass.layers, image.x, image.y}) return false;
  const auto colour = draw.colour.as<float>();
  for (std::int64_t x = 0; x < image.x; ++x)
    for (std::int64_t y = 0; y < image.y; ++y)
      if ((colour[static_cast<std::size_t>(x * image.y + y)] != 0) != ((x + y) % 2 == pass.parity)) return false;
  for (std::int64_t z = pass.first; z < image.z; z += 2) draw.of_z.push_back(z);
  return true;
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
                  {}};
    const auto k = told.draws.size();
    if (k >= static_cast<std::size_t>(model::kCellPasses) || !draws_as_known(k, node, values, image, draw))
      return std::nullopt;
    told.draws.push_back(std::move(draw));
  }
  if (told.draws.size() != static_cast<std::size_t>(model::kCellPasses)) return std::nullopt;

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
