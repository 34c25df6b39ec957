// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include "octocal/train/layers.hpp"

namespace octocal::train {

/// Cross-correlation as in convolve(), computed in Fourier space: the paper's 8x8 and 5x5 kernels on 15 to 30 pixels
/// need 5 to 15 times fewer multiplications there. Exact up to float rounding (about 1e-6 of the largest output), or,
/// with current_precision() bf16, up to the rounding of spectra to bfloat16 (about 4e-3 of the result's spread, on
/// every pixel alike). Gradients for image and weight; that of the image can be differentiated again.
///
/// image (N, I, H, H), weight (O, I, K, K), padding below K. Fastest where the image is in channels-last memory, I and
/// O are multiples of 16, and the weight's memory is that of (K, K, I, O).
at::Tensor spectral_convolve(const at::Tensor& image, const at::Tensor& weight, Padding padding);

/// Whether spectral_convolve takes this pair of shapes.
bool spectral_fits(const at::Tensor& image, const at::Tensor& weight);

}  // namespace octocal::train
