#pragma once
#include <ATen/ATen.h>

#include "octocal/train/layers.hpp"

namespace octocal::train {

/// Cross-correlation as in convolve(), computed in Fourier space: the paper's 8x8 and 5x5 kernels on 15 to 30 pixels
/// need 5 to 11 times fewer multiplications there. Exact up to float rounding (about 1e-6 of the largest output); with
/// gradients for image and weight (not for gradients of gradients).
///
/// image (N, I, H, W) in channels-last memory, weight (O, I, K, K); I and O multiples of 16; H = W.
at::Tensor spectral_convolve(const at::Tensor& image, const at::Tensor& weight, Padding padding);

/// Whether spectral_convolve takes this pair of shapes.
bool spectral_fits(const at::Tensor& image, const at::Tensor& weight);

}  // namespace octocal::train
