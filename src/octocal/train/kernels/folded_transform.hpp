// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "octocal/base/machine.hpp"

namespace octocal::train::kernels {

/// One axis of a two-dimensional discrete Fourier transform of odd length L, on pixels that lie symmetrically around
/// the origin: pixel h of a grid of G is at place p = h - (G - 1)/2 (halves where G is even; only differences of places
/// ever matter). Sums and differences of the pixels at p and -p first, then two real matrix products with cosines and
/// sines: a quarter of the multiplications of the plain matrix form, and faster than an FFT at these sizes because it
/// is nothing but fused multiply-adds over channels.
///
/// Of the grid's pixels only `count` from `first` on exist, the others are zero (forward) or not wanted (backward).
/// "Columns" are whatever is innermost: channels, or pixels and channels; a multiple of 16. Runs the code for `isa`, which
/// the machine must have. Immutable, thread-safe.
class FoldedTransform {
 public:
  FoldedTransform(std::size_t length, std::size_t grid, std::size_t first, std::size_t count, Isa isa);

  std::size_t length() const noexcept { return length_; }
  /// Frequencies 0 .. (L - 1)/2 of an axis whose input is real.
  std::size_t half() const noexcept { return (length_ + 1) / 2; }
  std::size_t count() const noexcept { return count_; }
  /// Floats of scratch that any of the functions below needs.
  std::size_t scratch() const noexcept;

  /// Real to complex: R[k] = sum over h of image[h] exp(-2 pi i k p_h / L), k < half().
  /// image[h] at image + h * row_stride; R[k] real at out + k * k_stride, imaginary `imaginary` floats further.
  void rows_forward(const float* image, std::ptrdiff_t row_stride, std::size_t columns, float* out,
                    std::ptrdiff_t k_stride, std::ptrdiff_t imaginary, float* scratch) const noexcept;
  /// image[h] = 1/L^2 sum over all k of R[k] exp(+2 pi i k p_h / L), the negative k being conjugates. (Both axes' 1/L.)
  void rows_backward(const float* in, std::ptrdiff_t k_stride, std::ptrdiff_t imaginary, std::size_t columns,
                     float* image, std::ptrdiff_t row_stride, float* scratch) const noexcept;

  /// Complex to complex, the other axis: S[l] = sum over w of x[w] exp(-2 pi i l p_w / L), l = 0 .. L - 1 (l and l - L
  /// are the same frequency, the one nearer to zero is meant). x[w] real at in + w * w_stride, imaginary `in_imaginary`
  /// further; S[l] at out + l * l_stride, imaginary `out_imaginary` further.
  void columns_forward(const float* in, std::ptrdiff_t w_stride, std::ptrdiff_t in_imaginary, std::size_t columns,
                       float* out, std::ptrdiff_t l_stride, std::ptrdiff_t out_imaginary,
                       float* scratch) const noexcept;
  /// The same with S[l] rounded to bfloat16: pairs, real in the low half of the word, at out + l * l_stride.
  void columns_forward(const float* in, std::ptrdiff_t w_stride, std::ptrdiff_t in_imaginary, std::size_t columns,
                       std::uint32_t* out, std::ptrdiff_t l_stride, float* scratch) const noexcept;
  /// x[w] = sum over l of S[l] exp(+2 pi i l p_w / L).
  void columns_backward(const float* in, std::ptrdiff_t l_stride, std::ptrdiff_t in_imaginary, std::size_t columns,
                        float* out, std::ptrdiff_t w_stride, std::ptrdiff_t out_imaginary,
                        float* scratch) const noexcept;

 private:
  std::pair<const float*, const float*> fold_columns(const float* in, std::ptrdiff_t w_stride,
                                                     std::ptrdiff_t in_imaginary, std::size_t width,
                                                     float* scratch) const noexcept;

  std::size_t length_, grid_, first_, count_;
  Isa isa_;
  std::size_t pairs_;                                 // (G + 1) / 2: pixels at p >= 0
  std::vector<float> cosines_, sines_;                // (half, pairs)
  std::vector<float> row_cosines_, row_sines_;        // (pairs, half), with 1/L^2 and 2 for the conjugates
  std::vector<float> column_cosines_, column_sines_;  // (pairs, half)
};

}  // namespace octocal::train::kernels
