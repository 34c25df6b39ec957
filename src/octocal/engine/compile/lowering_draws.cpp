// SPDX-License-Identifier: Apache-2.0
#include <span>
#include <utility>

#include "octocal/engine/compile/lowering.hpp"

// Cells drawn from a head's values.

namespace octocal::engine {

void Lowering::draw_cells(const model::Node& node) {
  const View& given = view_of(node.inputs.at(0), node);
  const View values = in_order(as_float32(given, node.name), channels_last_order(3), node.name);
  const View& random = view_of(node.inputs.at(1), node);
  const View noise = in_order(as_float32(random, node.name), plain_order(4), node.name);
  const auto numbers = [&](std::size_t i) { return graph_.constant(node.inputs.at(i))->as<float>(); };
  const auto shape = shape_of(node.outputs.at(0));
  DrawSpec spec;
  spec.layers = shape[0];
  spec.plane = shape[1] * shape[2];
  spec.log_density.assign(numbers(3).begin(), numbers(3).end());
  spec.basis.assign(numbers(4).begin(), numbers(4).end());
  spec.edges.assign(numbers(5).begin(), numbers(5).end());
  spec.bins = static_cast<std::int64_t>(spec.log_density.size());
  spec.statistics = static_cast<std::int64_t>(spec.basis.size()) / spec.bins;
  for (std::int64_t at = 0; at < spec.plane; ++at)
    if (numbers(2)[static_cast<std::size_t>(at)] != 0) spec.drawn.push_back(static_cast<std::int32_t>(at));
  const View result = new_view(shape, plain_order(3), Element::kFloat32);
  spec.values = values.buffer;
  spec.noise = noise.buffer;
  spec.destination = result.buffer;
  const auto report = add_layer({node.name, node.op, "float32", "float32", "", "", 0});
  add_step(std::move(spec), {values.buffer, noise.buffer}, {result.buffer}, report);
  views_[node.outputs.at(0)] = result;
}

}  // namespace octocal::engine
