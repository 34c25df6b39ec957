// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/kernels/complex_product.hpp"

#include <cstring>

// This file is compiled with -ffp-contract=fast: a * b + c becomes a fused multiply-add where the target has one.

namespace octocal::train::kernels {
namespace {

template <int kLanes>
using Vector [[gnu::vector_size(kLanes * sizeof(float))]] = float;

/// kRows rows by kVectors vectors of kLanes columns, real and imaginary: all sums stay in registers.
template <int kLanes, int kVectors, int kRows, bool kConjugate>
[[gnu::always_inline]] inline void tile(const ComplexProduct& p, std::size_t row, std::size_t column) {
  using V = Vector<kLanes>;
  V real[kRows][kVectors], imaginary[kRows][kVectors];
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) real[r][v] = imaginary[r][v] = V{};
  const float* a = p.a + static_cast<std::ptrdiff_t>(row) * p.a_row;
  const float* b = p.b + column;
  for (std::size_t k = 0; k < p.depth; ++k, a += p.a_step, b += p.b_stride) {
    V b_real[kVectors], b_imaginary[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      std::memcpy(&b_real[v], b + v * kLanes, sizeof(V));
      std::memcpy(&b_imaginary[v], b + p.b_imaginary + v * kLanes, sizeof(V));
    }
    for (int r = 0; r < kRows; ++r) {
      const float x = a[r * p.a_row];
      const float y = a[r * p.a_row + p.a_imaginary];
      for (int v = 0; v < kVectors; ++v) {
        real[r][v] += x * b_real[v];
        imaginary[r][v] += y * b_real[v];
        if constexpr (kConjugate) {
          real[r][v] += y * b_imaginary[v];
          imaginary[r][v] -= x * b_imaginary[v];
        } else {
          real[r][v] -= y * b_imaginary[v];
          imaginary[r][v] += x * b_imaginary[v];
        }
      }
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) {
      float* c = p.c + static_cast<std::ptrdiff_t>(row + r) * p.c_stride + column + v * kLanes;
      std::memcpy(c, &real[r][v], sizeof(V));
      std::memcpy(c + p.c_imaginary, &imaginary[r][v], sizeof(V));
    }
}

template <int kLanes, int kVectors, int kRows, bool kConjugate>
[[gnu::always_inline]] inline void column_panel(const ComplexProduct& p, std::size_t column) {
  std::size_t row = 0;
  for (; row + kRows <= p.rows; row += kRows) tile<kLanes, kVectors, kRows, kConjugate>(p, row, column);
  for (; row + 4 <= p.rows; row += 4) tile<kLanes, kVectors, 4, kConjugate>(p, row, column);
  for (; row + 2 <= p.rows; row += 2) tile<kLanes, kVectors, 2, kConjugate>(p, row, column);
  for (; row < p.rows; ++row) tile<kLanes, kVectors, 1, kConjugate>(p, row, column);
}

template <int kLanes, int kRows, bool kConjugate>
[[gnu::always_inline]] inline void all_panels(const ComplexProduct& p) {
  std::size_t column = 0;
  for (; column + 2 * kLanes <= p.columns; column += 2 * kLanes) column_panel<kLanes, 2, kRows, kConjugate>(p, column);
  for (; column + kLanes <= p.columns; column += kLanes) column_panel<kLanes, 1, 2 * kRows, kConjugate>(p, column);
}

#if defined(__x86_64__)
template <bool kConjugate>
[[gnu::target("avx512f,fma")]] void multiply_avx512(const ComplexProduct& p) {
  all_panels<16, 6, kConjugate>(p);
}
template <bool kConjugate>
[[gnu::target("avx2,fma")]] void multiply_avx2(const ComplexProduct& p) {
  all_panels<8, 2, kConjugate>(p);
}
#endif
template <bool kConjugate>
void multiply_plain(const ComplexProduct& p) {
  all_panels<4, 2, kConjugate>(p);
}

template <bool kConjugate>
void multiply(const ComplexProduct& product, [[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512) return multiply_avx512<kConjugate>(product);
  if (isa >= Isa::kAvx2) return multiply_avx2<kConjugate>(product);
#endif
  multiply_plain<kConjugate>(product);
}

}  // namespace

void multiply_complex(const ComplexProduct& product, Isa isa) noexcept {
  return product.conjugate ? multiply<true>(product, isa) : multiply<false>(product, isa);
}

}  // namespace octocal::train::kernels
