// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "octocal/train/kernels/complex_product.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace octocal::train::kernels {
namespace {

float low_half(std::uint32_t word) {
  const std::uint32_t bits = word << 16;
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

float high_half(std::uint32_t word) {
  const std::uint32_t bits = word & 0xFFFF0000U;
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

void multiply_plain(const ComplexProductBf16& p) {
  const float sign = p.conjugate ? 1.0F : -1.0F;
  for (std::size_t r = 0; r < p.rows; ++r) {
    float* c = p.c + static_cast<std::ptrdiff_t>(r) * p.c_stride;
    std::memset(c, 0, p.columns * sizeof(float));
    std::memset(c + p.c_imaginary, 0, p.columns * sizeof(float));
    for (std::size_t k = 0; k < p.depth; ++k) {
      const auto a = p.a[static_cast<std::ptrdiff_t>(r) * p.a_row + static_cast<std::ptrdiff_t>(k) * p.a_step];
      const float x = low_half(a);
      const float y = high_half(a);
      const auto* b = p.b + static_cast<std::ptrdiff_t>(k) * p.b_stride;
      for (std::size_t j = 0; j < p.columns; ++j) {
        const float u = low_half(b[j]);
        const float v = high_half(b[j]);
        c[j] += x * u + sign * y * v;
        c[static_cast<std::ptrdiff_t>(j) + p.c_imaginary] += y * u - sign * x * v;
      }
    }
  }
}

#if defined(__x86_64__)
using Words [[gnu::vector_size(64)]] = std::uint32_t;

// The dot product of pairs is just what a complex product is: (x, y).(u, v) = real part of a conj(b) and
// (x, y).(-v, u) = its imaginary part; without conjugation (x, y).(u, -v) and (x, y).(v, u).
template <int kVectors, int kRows, bool kConjugate>
[[gnu::target("avx512f,avx512bw,avx512bf16"), gnu::always_inline]] inline void tile(const ComplexProductBf16& p,
                                                                                    std::size_t row,
                                                                                    std::size_t column) {
  __m512 real[kRows][kVectors], imaginary[kRows][kVectors];
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) real[r][v] = imaginary[r][v] = _mm512_setzero_ps();
  const std::uint32_t* a = p.a + static_cast<std::ptrdiff_t>(row) * p.a_row;
  const std::uint32_t* b = p.b + column;
  for (std::size_t k = 0; k < p.depth; ++k, a += p.a_step, b += p.b_stride) {
    __m512bh for_real[kVectors], for_imaginary[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      Words pairs;
      std::memcpy(&pairs, b + v * 16, sizeof(pairs));
      const Words turned = (pairs << 16) | (pairs >> 16);
      for_real[v] = reinterpret_cast<__m512bh>(kConjugate ? pairs : pairs ^ 0x80000000U);
      for_imaginary[v] = reinterpret_cast<__m512bh>(kConjugate ? turned ^ 0x00008000U : turned);
    }
    for (int r = 0; r < kRows; ++r) {
      const auto left = reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(a[r * p.a_row])));
      for (int v = 0; v < kVectors; ++v) {
        real[r][v] = _mm512_dpbf16_ps(real[r][v], left, for_real[v]);
        imaginary[r][v] = _mm512_dpbf16_ps(imaginary[r][v], left, for_imaginary[v]);
      }
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) {
      float* c = p.c + static_cast<std::ptrdiff_t>(row + static_cast<std::size_t>(r)) * p.c_stride + column + v * 16;
      _mm512_storeu_ps(c, real[r][v]);
      _mm512_storeu_ps(c + p.c_imaginary, imaginary[r][v]);
    }
}

template <int kVectors, int kRows, bool kConjugate>
[[gnu::target("avx512f,avx512bw,avx512bf16"), gnu::always_inline]] inline void column_panel(const ComplexProductBf16& p,
                                                                                            std::size_t column) {
  std::size_t row = 0;
  for (; row + kRows <= p.rows; row += kRows) tile<kVectors, kRows, kConjugate>(p, row, column);
  for (; row + 4 <= p.rows; row += 4) tile<kVectors, 4, kConjugate>(p, row, column);
  for (; row + 2 <= p.rows; row += 2) tile<kVectors, 2, kConjugate>(p, row, column);
  for (; row < p.rows; ++row) tile<kVectors, 1, kConjugate>(p, row, column);
}

template <bool kConjugate>
[[gnu::target("avx512f,avx512bw,avx512bf16")]] void multiply_avx512(const ComplexProductBf16& p) {
  std::size_t column = 0;
  for (; column + 32 <= p.columns; column += 32) column_panel<2, 6, kConjugate>(p, column);
  for (; column + 16 <= p.columns; column += 16) column_panel<1, 8, kConjugate>(p, column);
}
#endif

}  // namespace

void multiply_complex(const ComplexProductBf16& product, [[maybe_unused]] Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512Bf16)
    return product.conjugate ? multiply_avx512<true>(product) : multiply_avx512<false>(product);
#endif
  multiply_plain(product);
}

}  // namespace octocal::train::kernels
