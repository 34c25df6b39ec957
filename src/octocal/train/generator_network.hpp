// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>

#include "octocal/model/generator_builder.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// The generator that `spec` describes, by default the paper's (docs/design.md, "The paper's networks"), with random
/// weights that suit training, names as in model/generator_builder.hpp. All but the batch norms' mean and variance are
/// trained. Same seed, same numbers.
TensorMap make_generator(const model::GeneratorSpec& spec, std::uint64_t seed);

/// The size of a parameter's steps relative to the common rate: its starting width, so that every layer changes by the
/// same share of itself. The paper's layers sum 8 to 4,096 products; one rate for all shakes the widest and starves the
/// others.
std::map<std::string, double> generator_rate_factors(const model::GeneratorSpec& spec);

/// The network up to its last convolution: latent (N, L) to (N, z, x, y) in channels-last memory, that is (N, x, y, z)
/// in C order. The last rectifier and the output transform follow in make_cells.
at::Tensor generator_image(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& latent);

/// The last rectifier: ReLU, or log(1 + exp(sharpness v)) / sharpness while training starts (cells cannot die then).
/// sharpness 0: ReLU.
at::Tensor rectify(const at::Tensor& image, double sharpness);

/// Cells in GeV, (N, x, y, z): the output transform of `spec` applied to the rectified image. energy: (N), GeV.
at::Tensor make_cells(const model::GeneratorSpec& spec, const at::Tensor& rectified, const at::Tensor& energy);

}  // namespace octocal::train
