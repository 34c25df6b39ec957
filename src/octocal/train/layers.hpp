// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace octocal::train {

/// Zeros before and after an image along an axis. Keras' 'same' puts one more after than before for even kernels.
struct Padding {
  std::int64_t before = 0;
  std::int64_t after = 0;
};

/// Cross-correlation of images (N, I, H, W) with weight (O, I, kh, kw), stride 1, without bias. Either a padding for
/// both axes or one for rows (H) and one for columns (W).
at::Tensor convolve(const at::Tensor& image, const at::Tensor& weight, Padding padding);
at::Tensor convolve(const at::Tensor& image, const at::Tensor& weight, Padding rows, Padding columns);

/// A weight (O, I, kh, kw) with the same values in the memory order of (kh, kw, I, O), which Fourier-space convolutions
/// read without a copy; other tensors as they are.
at::Tensor taps_outermost(const at::Tensor& weight);

/// Pixels that an upsampling makes of one, along rows and columns.
struct Stride {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
};

/// Transposed convolution with Keras' 'same' crop: (N, I, H, W) to (N, O, rows H, columns W), weight (I, O, kh, kw),
/// bias (O). Of the kernel - stride pixels that are too many, half (rounded down) are cropped before the image.
///
/// Computed as one convolution with rows * columns times the output channels whose results are interleaved (sub-pixel
/// form): the same sums as at::conv_transpose2d, which Debian's libtorch sends to im2col + BLAS. No stride is larger
/// than the kernel.
at::Tensor upsample(const at::Tensor& image, const at::Tensor& weight, const at::Tensor& bias, Stride stride);

/// LeakyReLU(slope), then batch norm as a per-channel affine map: (v - mean) / sqrt(variance + epsilon) * gamma + beta.
struct BlockNorm {
  at::Tensor gamma, beta, mean, variance;
  double epsilon = 1e-3;
};
at::Tensor activate_and_normalise(const at::Tensor& image, const BlockNorm& norm, double slope);

}  // namespace octocal::train
