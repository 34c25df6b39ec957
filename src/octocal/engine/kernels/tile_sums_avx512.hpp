// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <immintrin.h>

#include <cstdint>
#include <cstring>

// What the tile kernels with and without VNNI share; the file that includes it defines OCTOCAL_TARGET.

namespace octocal::engine {
namespace {

// GCC 12 takes the register that an unmasked intrinsic leaves undefined for an uninitialized variable.
constexpr __mmask8 kAll = 0xff;

/// 8 channels: for layers of few.
struct Lanes8 {
  static constexpr std::int64_t kLanes = 8;
  using Sum = __m256i;
  using Pair = __m256i;
  OCTOCAL_TARGET static Sum zero() noexcept { return _mm256_setzero_si256(); }
  OCTOCAL_TARGET static Pair weights(const std::int16_t* at) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  }
  OCTOCAL_TARGET static Pair pair(const std::int16_t* at) noexcept {
    std::int32_t both;
    std::memcpy(&both, at, sizeof both);
    return _mm256_set1_epi32(both);
  }
  OCTOCAL_TARGET static void add_to(Sum sum, double* out) noexcept {
    _mm512_storeu_pd(out, _mm512_add_pd(_mm512_loadu_pd(out), _mm512_maskz_cvtepi32_pd(kAll, sum)));
  }
};

struct Lanes16 {
  static constexpr std::int64_t kLanes = 16;
  using Sum = __m512i;
  using Pair = __m512i;
  OCTOCAL_TARGET static Sum zero() noexcept { return _mm512_setzero_si512(); }
  OCTOCAL_TARGET static Pair weights(const std::int16_t* at) noexcept { return _mm512_loadu_si512(at); }
  OCTOCAL_TARGET static Pair pair(const std::int16_t* at) noexcept {
    std::int32_t both;
    std::memcpy(&both, at, sizeof both);
    return _mm512_set1_epi32(both);
  }
  OCTOCAL_TARGET static void add_to(Sum sum, double* out) noexcept {
    alignas(64) std::int32_t stored[kLanes];
    _mm512_store_si512(stored, sum);
    const auto half = [](const std::int32_t* at) { return reinterpret_cast<const __m256i*>(at); };
    const __m512d lower = _mm512_maskz_cvtepi32_pd(kAll, _mm256_load_si256(half(stored)));
    const __m512d upper = _mm512_maskz_cvtepi32_pd(kAll, _mm256_load_si256(half(stored + 8)));
    _mm512_storeu_pd(out, _mm512_add_pd(_mm512_loadu_pd(out), lower));
    _mm512_storeu_pd(out + 8, _mm512_add_pd(_mm512_loadu_pd(out + 8), upper));
  }
};

}  // namespace
}  // namespace octocal::engine
