// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/kernels/panel_product.hpp"

#include <cstring>

// This file is compiled with -ffp-contract=fast: a * b + c becomes a fused multiply-add where the target has one.

namespace octocal::train::kernels {
namespace {

template <int kLanes>
using Vector [[gnu::vector_size(kLanes * sizeof(float))]] = float;

/// kRows rows by kVectors vectors of kLanes channels: all sums stay in registers.
template <int kLanes, int kVectors, int kRows>
[[gnu::always_inline]] inline void tile(const PanelProduct& p, std::size_t row, std::size_t column) {
  using V = Vector<kLanes>;
  V sums[kRows][kVectors];
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) sums[r][v] = V{};
  const float* a = p.a + static_cast<std::ptrdiff_t>(row) * p.a_row;
  const float* b = p.b + column;
  for (std::size_t k = 0; k < p.depth; ++k, a += p.a_step, b += p.b_stride) {
    V right[kVectors];
    for (int v = 0; v < kVectors; ++v) std::memcpy(&right[v], b + v * kLanes, sizeof(V));
    for (int r = 0; r < kRows; ++r)
      for (int v = 0; v < kVectors; ++v) sums[r][v] += a[r * p.a_row] * right[v];
  }
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) {
      float* c = p.c + static_cast<std::ptrdiff_t>(row + r) * p.c_stride + column + v * kLanes;
      V before{};
      if (p.store == Store::kAdd || p.store == Store::kSubtract) std::memcpy(&before, c, sizeof(V));
      const bool negative = p.store == Store::kSubtract || p.store == Store::kNegate;
      const V after = negative ? before - sums[r][v] : before + sums[r][v];
      std::memcpy(c, &after, sizeof(V));
    }
}

template <int kLanes, int kVectors, int kRows>
[[gnu::always_inline]] inline void column_panel(const PanelProduct& p, std::size_t column) {
  std::size_t row = 0;
  for (; row + kRows <= p.rows; row += kRows) tile<kLanes, kVectors, kRows>(p, row, column);
  for (; row + 4 <= p.rows; row += 4) tile<kLanes, kVectors, 4>(p, row, column);
  for (; row + 2 <= p.rows; row += 2) tile<kLanes, kVectors, 2>(p, row, column);
  for (; row < p.rows; ++row) tile<kLanes, kVectors, 1>(p, row, column);
}

template <int kLanes, int kRows>
[[gnu::always_inline]] inline void all_panels(const PanelProduct& p) {
  std::size_t column = 0;
  for (; column + 4 * kLanes <= p.columns; column += 4 * kLanes) column_panel<kLanes, 4, kRows>(p, column);
  for (; column + 2 * kLanes <= p.columns; column += 2 * kLanes) column_panel<kLanes, 2, 2 * kRows>(p, column);
  for (; column + kLanes <= p.columns; column += kLanes) column_panel<kLanes, 1, 2 * kRows>(p, column);
}

#if defined(__x86_64__)
[[gnu::target("avx512f,fma")]] void multiply_avx512(const PanelProduct& p) { all_panels<16, 6>(p); }
[[gnu::target("avx2,fma")]] void multiply_avx2(const PanelProduct& p) { all_panels<8, 2>(p); }
#endif
void multiply_plain(const PanelProduct& p) { all_panels<4, 2>(p); }

}  // namespace

void multiply(const PanelProduct& product, [[maybe_unused]] Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512) return multiply_avx512(product);
  if (isa >= Isa::kAvx2) return multiply_avx2(product);
#endif
  multiply_plain(product);
}

}  // namespace octocal::train::kernels
