// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/conv3d_network.hpp"

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "octocal/model/conv3d_builder.hpp"

namespace octocal::train {
namespace {

/// Sizes before and after each axis in at::constant_pad_nd's order, the last axis first.
std::vector<std::int64_t> pads_of(const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after) {
  std::vector<std::int64_t> pads;
  for (std::size_t axis = before.size(); axis-- > 0;) {
    pads.push_back(before[axis]);
    pads.push_back(after[axis]);
  }
  return pads;
}

/// Each cell of (N, C, x, y, z) copied factors[axis] times along x, y and z.
at::Tensor copied(at::Tensor image, const std::vector<std::int64_t>& factors) {
  for (std::size_t axis = 0; axis < factors.size(); ++axis)
    image = image.repeat_interleave(factors[axis], static_cast<std::int64_t>(axis) + 2);
  return image;
}

}  // namespace

at::Tensor conv3d_image(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& latent) {
  const auto& seed = model::kConv3dSeed;
  auto image = at::linear(latent, parameters.at("dense.weight"), parameters.at("dense.bias"))
                   .view({latent.size(0), seed[0], seed[1], seed[2], seed[3]})
                   .permute({0, 4, 1, 2, 3});
  for (const auto& layer : model::conv3d_layers()) {
    const auto parameter = [&](const char* part) { return parameters.at(std::string(layer.name) + part); };
    const bool padded = layer.pad_before != layer.pad_after || layer.pad_before[0] != 0;
    if (padded) image = at::constant_pad_nd(image, pads_of(layer.pad_before, layer.pad_after), 0);
    image = at::conv3d(image, parameter(".weight"), layer.bias ? parameter(".bias") : at::Tensor());
    if (layer.activation) image = at::leaky_relu(image, spec.leaky_slope);
    if (layer.batch_norm) {
      // The affine map of each channel that the inference form is, as in leaky_affine.hpp.
      const auto per_channel = [](const at::Tensor& numbers) { return numbers.view({1, -1, 1, 1, 1}); };
      const auto scale = parameter(".gamma") / at::sqrt(parameter(".variance") + spec.batch_norm_epsilon);
      image = image * per_channel(scale) + per_channel(parameter(".beta") - parameter(".mean") * scale);
    }
    if (!layer.upsample.empty()) image = copied(image, layer.upsample);
    if (!layer.margin.empty()) image = at::constant_pad_nd(image, pads_of(layer.margin, layer.margin), 0);
  }
  const std::int64_t cells = model::kConv3dImage;
  return image.reshape({latent.size(0), cells, cells, cells}).permute({0, 3, 1, 2});
}

}  // namespace octocal::train
