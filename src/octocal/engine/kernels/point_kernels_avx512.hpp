// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

// What the point kernels with and without VNNI share; the file that includes it defines OCTOCAL_TARGET and
// OCTOCAL_INLINE.

namespace octocal::engine {
namespace {

/// 8 channels: for layers of few.
struct PairsOf8 {
  static constexpr std::int64_t kLanes = 8;
  using Sum = __m256i;
  using Pair = __m256i;
  OCTOCAL_INLINE static Sum zero() noexcept { return _mm256_setzero_si256(); }
  OCTOCAL_INLINE static Pair weights(const std::int16_t* at) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  }
  OCTOCAL_INLINE static Pair pair(const std::int16_t* at) noexcept {
    std::int32_t both;
    std::memcpy(&both, at, sizeof both);
    return _mm256_set1_epi32(both);
  }
  OCTOCAL_INLINE static void store(Sum sum, std::int32_t* out) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), sum);
  }
};

struct PairsOf16 {
  static constexpr std::int64_t kLanes = 16;
  using Sum = __m512i;
  using Pair = __m512i;
  OCTOCAL_INLINE static Sum zero() noexcept { return _mm512_setzero_si512(); }
  OCTOCAL_INLINE static Pair weights(const std::int16_t* at) noexcept { return _mm512_loadu_si512(at); }
  OCTOCAL_INLINE static Pair pair(const std::int16_t* at) noexcept {
    std::int32_t both;
    std::memcpy(&both, at, sizeof both);
    return _mm512_set1_epi32(both);
  }
  OCTOCAL_INLINE static void store(Sum sum, std::int32_t* out) noexcept { _mm512_storeu_si512(out, sum); }
};

struct Words {
  static constexpr std::int64_t kLanes = 16;
  typedef std::uint16_t Vector __attribute__((vector_size(32)));
  typedef std::uint16_t Loose __attribute__((vector_size(32), aligned(2), may_alias));
};

struct Lanes {
  static constexpr std::int64_t kLanes = 16;
  // GCC 12 takes the register that an unmasked intrinsic leaves undefined for an uninitialized variable.
  static constexpr __mmask16 kAll = 0xffff;
  typedef std::uint32_t Vector __attribute__((vector_size(64)));
  typedef std::int32_t Signed __attribute__((vector_size(64)));
  typedef float Float __attribute__((vector_size(64)));
  typedef std::uint32_t Loose __attribute__((vector_size(64), aligned(4), may_alias));
  typedef float LooseFloat __attribute__((vector_size(64), aligned(4), may_alias));
  OCTOCAL_INLINE static Float floats(Vector sums) noexcept {
    return __builtin_convertvector(reinterpret_cast<Signed>(sums), Float);
  }
  /// Rounds half to even, as the processor's convert does in its default mode; not a number gives 0.
  OCTOCAL_INLINE static __m512i rounded(Float t, float most) noexcept {
    const __m512 low = _mm512_maskz_max_ps(kAll, reinterpret_cast<__m512>(t), _mm512_setzero_ps());
    return _mm512_maskz_cvtps_epi32(kAll, _mm512_maskz_min_ps(kAll, low, _mm512_set1_ps(most)));
  }
  OCTOCAL_INLINE static void round_u8(Float t, std::byte* out) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm512_maskz_cvtepi32_epi8(kAll, rounded(t, 255.0F)));
  }
  OCTOCAL_INLINE static void round_u16(Float t, std::byte* out) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm512_maskz_cvtepi32_epi16(kAll, rounded(t, 65535.0F)));
  }
};

}  // namespace
}  // namespace octocal::engine
