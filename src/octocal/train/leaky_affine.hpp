// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

namespace octocal::train {

/// leaky_relu(image, slope) * scale[c] + shift[c] in one pass forwards and one backwards. image: (N, C, H, W) float32
/// in channels-last memory. Gradients for image, scale and shift; those can be
/// differentiated again.
at::Tensor leaky_affine(const at::Tensor& image, const at::Tensor& scale, const at::Tensor& shift, double slope);

}  // namespace octocal::train
