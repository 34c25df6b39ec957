// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/channel_affine.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <span>

namespace octocal::quant {

ChannelAffine affine_of(const model::Graph& graph, const model::Node& node) {
  std::array<std::span<const float>, 4> constants;
  for (std::size_t i = 0; i < constants.size(); ++i) constants[i] = graph.constant(node.inputs.at(i + 1))->as<float>();
  const auto epsilon = static_cast<double>(node.real("epsilon", 1e-5F));
  ChannelAffine affine;
  for (std::size_t c = 0; c < constants[0].size(); ++c) {
    const auto of = [&](std::size_t constant) { return static_cast<double>(constants[constant][c]); };
    const double factor = of(0) / std::sqrt(of(3) + epsilon);
    affine.gain.push_back(static_cast<float>(factor));
    affine.shift.push_back(static_cast<float>(of(1) - of(2) * factor));
  }
  return affine;
}

}  // namespace octocal::quant
