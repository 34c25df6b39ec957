// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "octocal/engine/compile/lowering.hpp"
#include "octocal/engine/kernels/draw_cells.hpp"
#include "octocal/model/cell_ops.hpp"

// The ops of the network of cells (model/cell_ops.hpp).

namespace octocal::engine {

void Lowering::draw_cells(const model::Node& node) {
  const View& given = view_of(node.inputs.at(0), node);
  const View values = in_order(as_float32(given, node.name), channels_last_order(3), node.name);
  const int noise = plain_buffer(node, 1);
  const auto numbers = [&](std::size_t i) { return graph_.constant(node.inputs.at(i))->as<float>(); };
  const auto shape = shape_of(node.outputs.at(0));
  DrawSpec spec;
  spec.layers = shape[0];
  spec.plane = shape[1] * shape[2];
  const auto copy = [](std::span<const float> row) { return std::vector<float>(row.begin(), row.end()); };
  spec.bins = static_cast<std::int64_t>(numbers(3).size());
  spec.statistics = static_cast<std::int64_t>(numbers(4).size()) / spec.bins;
  // A bin that is none is less likely than any that is: it has exp(-87) of the likeliest's weight in the sum, and is
  // never chosen.
  spec.log_density = in_lanes(copy(numbers(3)), spec.bins, std::numeric_limits<float>::lowest());
  spec.basis = in_lanes(copy(numbers(4)), spec.bins, 0);
  spec.edges = copy(numbers(5));
  for (std::int64_t at = 0; at < spec.plane; ++at)
    if (numbers(2)[static_cast<std::size_t>(at)] != 0) spec.drawn.push_back(static_cast<std::int32_t>(at));
  const View result = new_view(shape, plain_order(3), Element::kFloat32);
  spec.values = values.buffer;
  spec.noise = noise;
  spec.destination = result.buffer;
  const auto report = add_layer({node.name, node.op, "float32", "float32", "", "", 0});
  add_step(std::move(spec), {values.buffer, noise}, {result.buffer}, report);
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
