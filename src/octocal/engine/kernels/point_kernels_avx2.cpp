// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#define OCTOCAL_TARGET __attribute__((target("avx2")))
#define OCTOCAL_INLINE __attribute__((target("avx2"), always_inline)) inline

namespace octocal::engine {
namespace {

struct Pairs {
  static constexpr std::int64_t kLanes = 8, kCost = 2;
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
  OCTOCAL_INLINE static Sum add(Sum sum, Pair x, Pair w) noexcept {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w));
  }
  OCTOCAL_INLINE static void store(Sum sum, std::int32_t* out) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), sum);
  }
};

struct Words {
  static constexpr std::int64_t kLanes = 16;
  typedef std::uint16_t Vector __attribute__((vector_size(32)));
  typedef std::uint16_t Loose __attribute__((vector_size(32), aligned(2), may_alias));
};

struct Lanes {
  static constexpr std::int64_t kLanes = 8;
  typedef std::uint32_t Vector __attribute__((vector_size(32)));
  typedef std::int32_t Signed __attribute__((vector_size(32)));
  typedef float Float __attribute__((vector_size(32)));
  typedef std::uint32_t Loose __attribute__((vector_size(32), aligned(4), may_alias));
  typedef float LooseFloat __attribute__((vector_size(32), aligned(4), may_alias));
  OCTOCAL_INLINE static Float floats(Vector sums) noexcept {
    return __builtin_convertvector(reinterpret_cast<Signed>(sums), Float);
  }
  /// Rounds half to even, as the processor's convert does in its default mode; not a number gives 0.
  OCTOCAL_INLINE static __m128i words(Float t, float most) noexcept {
    const __m256 low = _mm256_max_ps(reinterpret_cast<__m256>(t), _mm256_setzero_ps());
    const __m256i q = _mm256_cvtps_epi32(_mm256_min_ps(low, _mm256_set1_ps(most)));
    return _mm_packus_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
  }
  OCTOCAL_INLINE static void round_u8(Float t, std::byte* out) noexcept {
    const __m128i q = words(t, 255.0F);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(q, q));
  }
  OCTOCAL_INLINE static void round_u16(Float t, std::byte* out) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), words(t, 65535.0F));
  }
};

}  // namespace
}  // namespace octocal::engine

#include "octocal/engine/kernels/point_kernels_loops.hpp"

namespace octocal::engine {

const PointKernels& point_kernels_avx2() {
  // 16 registers: sums, weights, a pixel and its products.
  static const auto sums = joined_points(points_up_to<Pairs, 1, 12>(), points_up_to<Pairs, 2, 6>());
  static const PointKernels kernels = all_kernels("own:convolution_integer avx2", sums);
  return kernels;
}

}  // namespace octocal::engine
#endif
