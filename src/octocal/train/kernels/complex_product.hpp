// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>

#include "octocal/base/machine.hpp"

namespace octocal::train::kernels {

/// A matrix product of complex numbers, the product over channels (or showers) at one frequency.
///
///     c[r][j] = sum over k < depth of a[r][k] conj(b[k][j])   (conjugate)   or   a[r][k] b[k][j]
///
/// with real and imaginary parts apart: a's real part at a + r * a_row + k * a_step, b's at b + k * b_stride + j, c's
/// at c + r * c_stride + j, the imaginary parts a_imaginary, b_imaginary, c_imaginary floats further. columns: a
/// multiple of 16. Float32 sums in order of k. Runs the code for `isa`, which the machine must have: AVX-512, AVX2 or
/// plain. Thread-safe, does not allocate.
struct ComplexProduct {
  std::size_t rows, depth, columns;
  const float* a;
  std::ptrdiff_t a_row, a_step, a_imaginary;
  const float* b;
  std::ptrdiff_t b_stride, b_imaginary;
  float* c;
  std::ptrdiff_t c_stride, c_imaginary;
  bool conjugate;
};
void multiply_complex(const ComplexProduct& product, Isa isa) noexcept;

/// The same with a and b in bfloat16: one 32-bit word a number, real part in its low half (their strides count words);
/// products and sums float32. From Isa::kAvx512Bf16 on two pairs of numbers are multiplied where else one is.
struct ComplexProductBf16 {
  std::size_t rows, depth, columns;
  const std::uint32_t* a;
  std::ptrdiff_t a_row, a_step;
  const std::uint32_t* b;
  std::ptrdiff_t b_stride;
  float* c;
  std::ptrdiff_t c_stride, c_imaginary;
  bool conjugate;
};
void multiply_complex(const ComplexProductBf16& product, Isa isa) noexcept;

}  // namespace octocal::train::kernels
