// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "octocal/model/generator_info.hpp"
#include "octocal/model/graph.hpp"
#include "octocal/quant/showers.hpp"

namespace octocal::quant::testing {

/// A generator like the paper's in small, so that the reference evaluation takes milliseconds: dense 8 -> cube (3, 4,
/// 4), two branches (straight and rotated) of Conv 3x3 + LeakyRelu + BatchNorm, ConvTranspose stride 2, Conv 2x2 +
/// LeakyRelu + BatchNorm, rotated back, concatenated, Conv 3x3, Relu. Layer names: branch0/conv1, branch0/upsample1,
/// branch0/conv2, branch1/..., final. Random weights. With energy_square, cell = Ep * 0.03 * relu^2 and there is an
/// input energy.
model::Graph small_generator(std::uint64_t seed = 3, bool energy_square = false);

/// Its conventions: paper latents, 100-500 GeV, 8 latents.
model::GeneratorInfo small_info();

/// Inputs for some showers of it.
ShowerInputs small_showers(std::size_t n, std::uint64_t seed = 5);

/// A constant of normal numbers times `width`.
model::Tensor random_tensor(const model::Shape& shape, float width, std::uint64_t seed);

/// Number of nodes of an op.
std::size_t count_op(const model::Graph& graph, const std::string& op);

}  // namespace octocal::quant::testing
