// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "octocal/engine/compile/lowering.hpp"
#include "octocal/engine/kernels/draw_cells.hpp"
#include "octocal/model/cell_ops.hpp"

// The ops of the network of cells (model/cell_ops.hpp).

namespace octocal::engine {

/// Whether a sum of two computed values of axes (1 + S, layers, nx, ny) is read by a draw alone, behind a Reshape that
/// joins the first two: then the draw adds up what it needs, of most cells the logit alone.
bool Lowering::is_summed_in_draw(const model::Node& add) const {
  const auto only_reader = [&](const std::string& value, std::string_view op) {
    const auto is_it = [&](const model::Value& output) { return output.name == value; };
    const auto readers = graph_.consumers(value);
    const bool is_one = readers.size() == 1 && readers[0]->op == op && readers[0]->inputs.at(0) == value &&
                        std::none_of(graph_.outputs.begin(), graph_.outputs.end(), is_it);
    return is_one ? readers[0] : nullptr;
  };
  if (add.op != "Add") return false;
  const auto* reshape = only_reader(add.outputs.at(0), "Reshape");
  if (reshape == nullptr || only_reader(reshape->outputs.at(0), model::kDrawCells) == nullptr) return false;
  const auto split = shape_of(add.outputs.at(0)), joined = shape_of(reshape->outputs.at(0));
  if (split.size() != 4 || joined != model::Shape{split[0] * split[1], split[2], split[3]}) return false;
  return std::all_of(add.inputs.begin(), add.inputs.end(), [&](const std::string& input) {
    const auto found = views_.find(input);
    return found != views_.end() && found->second.shape == split;
  });
}

/// Values of a draw that lie as they do: `view` has the axes of `split`, (1 + S, layers, nx, ny).
DrawSpec::Term Lowering::draw_term(const View& view, const model::Shape& split, const std::string& layer) {
  View values = as_float32(view, layer);
  auto strides = values.strides();
  // A plane of places at one distance.
  if (split[2] > 1 && split[3] > 1 && strides[2] != split[3] * strides[3]) {
    values = in_order(values, {2, 3, 0, 1}, layer);
    strides = values.strides();
  }
  return {strides[0], strides[1], split[3] > 1 ? strides[3] : strides[2], values.buffer};
}

void Lowering::draw_cells(const model::Node& node) {
  const auto numbers = [&](std::size_t i) { return graph_.constant(node.inputs.at(i))->as<float>(); };
  const auto shape = shape_of(node.outputs.at(0));
  const std::string& values = node.inputs.at(0);
  DrawSpec spec;
  spec.layers = shape[0];
  spec.plane = shape[1] * shape[2];
  const auto copy = [](std::span<const float> row) { return std::vector<float>(row.begin(), row.end()); };
  spec.bins = static_cast<std::int64_t>(numbers(3).size());
  spec.statistics = static_cast<std::int64_t>(numbers(4).size()) / spec.bins;
  const auto sum = drawn_sums_.find(values);
  if (sum != drawn_sums_.end()) {
    for (const auto& input : sum->second->inputs) {
      const View& view = views_.at(input);
      spec.terms.push_back(draw_term(view, view.shape, node.name));
    }
  } else {
    const View channels = in_order(as_float32(view_of(values, node), node.name), channels_last_order(3), node.name);
    spec.terms = {{spec.layers, 1, spec.layers * (1 + spec.statistics), channels.buffer}};
  }
  spec.noise = plain_buffer(node, 1);
  // A bin that is none is less likely than any that is: it has exp(-87) of the likeliest's weight in the sum, and is
  // never chosen.
  spec.log_density = in_lanes(copy(numbers(3)), spec.bins, std::numeric_limits<float>::lowest());
  spec.basis = in_lanes(copy(numbers(4)), spec.bins, 0);
  spec.edges = copy(numbers(5));
  for (std::int64_t at = 0; at < spec.plane; ++at)
    if (numbers(2)[static_cast<std::size_t>(at)] != 0) spec.drawn.push_back(static_cast<std::int32_t>(at));
  const View result = new_view(shape, plain_order(3), Element::kFloat32);
  spec.destination = result.buffer;
  std::vector<int> reads = {spec.noise};
  for (const auto& term : spec.terms) reads.push_back(term.buffer);
  const auto report =
      add_layer({node.name, sum == drawn_sums_.end() ? node.op : node.op + "+Add", "float32", "float32", "", "", 0});
  add_step(std::move(spec), reads, {result.buffer}, report);
  views_[node.outputs.at(0)] = result;
}

int Lowering::plain_buffer(const model::Node& node, std::size_t input) {
  const View& given = view_of(node.inputs.at(input), node);
  return in_order(as_float32(given, node.name), plain_order(given.shape.size()), node.name).buffer;
}

void Lowering::see_cells(const model::Node& node) {
  const bool sees_drawn = node.op == model::kSeeCells;
  const auto settings = graph_.constant(node.inputs.at(sees_drawn ? 5 : 3))->as<float>();
  const auto shape = shape_of(node.outputs.at(0));
  SeeSpec spec;
  spec.nz = shape_of(node.inputs.at(2))[0];
  spec.nx = shape[1];
  spec.ny = shape[2];
  spec.layers = (shape[0] - spec.nz) / 2;
  spec.least_slice = settings[0];
  spec.floor = settings[1];
  spec.scale = settings[2];
  spec.offset = settings[3];
  spec.x = plain_buffer(node, 0);
  spec.y = plain_buffer(node, 1);
  spec.z = plain_buffer(node, 2);
  std::vector<int> reads = {spec.x, spec.y, spec.z};
  if (sees_drawn) {
    const auto order = graph_.constant(node.inputs.at(4))->as<std::int64_t>();
    spec.order.assign(order.begin(), order.end());
    spec.seen = settings[4];
    spec.seen_scale = settings[5];
    spec.least_share = settings[6];
    spec.drawn = plain_buffer(node, 3);
    reads.push_back(spec.drawn);
  }
  const View result = new_view(shape, channels_last_order(3), Element::kFloat32);
  spec.destination = result.buffer;
  const auto report = add_layer({node.name, node.op, "float32", "float32", "", "", 0});
  add_step(std::move(spec), reads, {result.buffer}, report);
  views_[node.outputs.at(0)] = result;
}

void Lowering::fit_cells(const model::Node& node) {
  const auto order = graph_.constant(node.inputs.at(4))->as<std::int64_t>();
  const auto settings = graph_.constant(node.inputs.at(5))->as<float>();
  const auto shape = shape_of(node.outputs.at(0));
  FitSpec spec;
  spec.nx = shape[0];
  spec.ny = shape[1];
  spec.nz = shape[2];
  spec.order.assign(order.begin(), order.end());
  spec.fixed = settings[0];
  spec.free = settings[1];
  spec.least = settings[2];
  spec.most = settings[3];
  spec.by_log = node.op == model::kFitCellsByLog;
  spec.x = plain_buffer(node, 0);
  spec.y = plain_buffer(node, 1);
  spec.z = plain_buffer(node, 2);
  spec.drawn = plain_buffer(node, 3);
  const View result = new_view(shape, plain_order(3), Element::kFloat32);
  spec.destination = result.buffer;
  const auto report = add_layer({node.name, node.op, "float32", "float32", "", "", 0});
  add_step(spec, {spec.x, spec.y, spec.z, spec.drawn}, {result.buffer}, report);
  views_[node.outputs.at(0)] = result;
}

}  // namespace octocal::engine
