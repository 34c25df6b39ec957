#pragma once
#include <cstddef>
#include <vector>

namespace octocal::train::kernels {

/// Two-dimensional discrete Fourier transforms of length L (even) on both axes as small matrix products, channels
/// innermost. Only L/2 + 1 frequencies k of the first axis are kept (the images are real): frequency f = k * L + l.
///
///     S[k, l] = sum over h < rows, w < rows of image[h, w] exp(-2 pi i (k h + l w) / L)        (forward)
///     image[h, w] = 1/L^2 sum over all k, l of S[k, l] exp(+2 pi i (k (h + shift) + l (w + shift)) / L)   (backward)
///
/// A plan serves images of one size (`side` pixels, placed at index `shift` of the circle: may be negative). Immutable,
/// thread-safe.
class FourierTransform {
 public:
  FourierTransform(std::size_t length, std::size_t side, std::ptrdiff_t shift);

  std::size_t length() const noexcept { return length_; }
  std::size_t half() const noexcept { return length_ / 2 + 1; }
  std::size_t frequencies() const noexcept { return half() * length_; }
  std::size_t side() const noexcept { return side_; }
  /// Floats that forward and backward need as scratch, per call.
  std::size_t scratch(std::size_t channels) const noexcept { return 2 * half() * side_ * channels; }

  /// image: pixel (h, w) at image + (h * side + w) * pixel_stride, `channels` floats each.
  /// Real and imaginary part of frequency f go to real + f * stride and imaginary + f * stride.
  void forward(const float* image, std::ptrdiff_t pixel_stride, std::size_t channels, float* real, float* imaginary,
               std::ptrdiff_t stride, float* scratch) const noexcept;
  void backward(const float* real, const float* imaginary, std::ptrdiff_t stride, std::size_t channels, float* image,
                std::ptrdiff_t pixel_stride, float* scratch) const noexcept;

 private:
  std::size_t length_, side_;
  std::vector<float> rows_forward_;       // (2 half, side)
  std::vector<float> columns_real_;       // (L, 2 side)
  std::vector<float> columns_imaginary_;  // (L, 2 side)
  std::vector<float> columns_back_;       // (2 side, 2 L): [real; imaginary] rows, over [real | imaginary] depth
  std::vector<float> rows_back_;          // (side, 2 half)
};

}  // namespace octocal::train::kernels
