// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include "octocal/model/generator_builder.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// The three-dimensional baseline (model/conv3d_builder.hpp) up to its last convolution: latent (N, L) to
/// (N, z, x, y) in channels-last memory, that is (N, x, y, z) in C order, as generator_image() gives it.
at::Tensor conv3d_image(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& latent);

}  // namespace octocal::train
