// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "octocal/base/machine.hpp"

namespace octocal::train::kernels {

/// A small matrix product whose columns are channels, the one kernel under the spectral convolution.
///
///     c[r * c_stride + j] = (or = -, +=, -=)
///         sum over k < depth of a[r * a_row + k * a_step] * b[k * b_stride + j],    j < columns
///
/// | operand | elements                                                    |
/// |---------|-------------------------------------------------------------|
/// | a       | rows x depth, any strides (so it may be transposed)         |
/// | b       | depth x columns, rows b_stride apart, columns contiguous    |
/// | c       | rows x columns, rows c_stride apart, columns contiguous     |
///
/// columns: a multiple of 16. Runs the code for `isa`, which the machine must have: AVX-512, AVX2 or plain; sums in
/// order of k with fused multiply-adds where there are any. Thread-safe, does not allocate.
enum class Store { kOverwrite, kNegate, kAdd, kSubtract };
struct PanelProduct {
  std::size_t rows, depth, columns;
  const float* a;
  std::ptrdiff_t a_row, a_step;
  const float* b;
  std::ptrdiff_t b_stride;
  float* c;
  std::ptrdiff_t c_stride;
  Store store;
};
void multiply(const PanelProduct& product, Isa isa) noexcept;

}  // namespace octocal::train::kernels
