#pragma once
#include <ATen/ATen.h>

#include <cstdint>

namespace octocal::train {

/// Zeros around an image, both axes alike. Keras' 'same' puts one more after than before for even kernels.
struct Padding {
  std::int64_t before = 0;
  std::int64_t after = 0;
};

/// Cross-correlation of images (N, I, H, W) with weight (O, I, kh, kw), stride 1, without bias.
at::Tensor convolve(const at::Tensor& image, const at::Tensor& weight, Padding padding);

/// Transposed convolution with Keras' 'same' crop: (N, I, H, W) to (N, O, sH, sW), weight (I, O, 5, 5), bias (O).
///
/// Computed as one convolution with s*s times the output channels whose results are interleaved (sub-pixel form): the
/// same sums as at::conv_transpose2d, which Debian's libtorch sends to im2col + BLAS. Stride 2 or 3.
at::Tensor upsample(const at::Tensor& image, const at::Tensor& weight, const at::Tensor& bias, std::int64_t stride);

/// Zeros cropped by Keras before the image; what is left goes after it.
inline constexpr std::int64_t kUpsampleCropBefore = 1;

/// LeakyReLU(slope), then batch norm as a per-channel affine map: (v - mean) / sqrt(variance + epsilon) * gamma + beta.
struct BlockNorm {
  at::Tensor gamma, beta, mean, variance;
  double epsilon = 1e-3;
};
at::Tensor activate_and_normalise(const at::Tensor& image, const BlockNorm& norm, double slope);

}  // namespace octocal::train
