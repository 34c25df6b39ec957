// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <emmintrin.h>

#include <cstring>

#define OCTOCAL_TARGET
#include "octocal/engine/kernels/tile_sums_rows.hpp"

// SSE2 is there on every x86-64 processor.

namespace octocal::engine {
namespace {

struct Vector {
  static constexpr std::int64_t kLanes = 4, kCost = 2;
  using Sum = __m128i;
  using Pair = __m128i;
  static Sum zero() noexcept { return _mm_setzero_si128(); }
  static Pair weights(const std::int16_t* at) noexcept { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }
  static Pair pair(const std::int16_t* at) noexcept {
    std::int32_t both;
    std::memcpy(&both, at, sizeof both);
    return _mm_set1_epi32(both);
  }
  static Sum add(Sum sum, Pair x, Pair w) noexcept { return _mm_add_epi32(sum, _mm_madd_epi16(x, w)); }
  static void add_to(Sum sum, double* out) noexcept {
    _mm_storeu_pd(out, _mm_add_pd(_mm_loadu_pd(out), _mm_cvtepi32_pd(sum)));
    _mm_storeu_pd(out + 2, _mm_add_pd(_mm_loadu_pd(out + 2), _mm_cvtepi32_pd(_mm_unpackhi_epi64(sum, sum))));
  }
};

}  // namespace

std::span<const TileKernel> tile_kernels_sse2() {
  static const auto kernels = kernels_up_to<Vector, 2, 5>("own:convolution_integer sse2");
  return kernels;
}

}  // namespace octocal::engine
#endif
