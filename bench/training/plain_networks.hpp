// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/ATen.h>

#include "octocal/model/generator_builder.hpp"
#include "octocal/train/discriminator_network.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::bench {

/// The same maps as train::generator_image and train::discriminate, written as a user of libtorch writes them:
/// at::conv2d, at::conv_transpose2d, at::batch_norm in inference form, libtorch's default layout, autograd. The
/// yardstick.
at::Tensor plain_generator(const model::GeneratorSpec& spec, const train::TensorMap& parameters,
                           const at::Tensor& latent);
train::DiscriminatorOutput plain_discriminator(const train::TensorMap& parameters, const at::Tensor& cells);

}  // namespace octocal::bench
