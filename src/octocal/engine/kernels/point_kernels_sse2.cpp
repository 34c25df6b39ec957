// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <emmintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

// SSE2 is there on every x86-64 processor.
#define OCTOCAL_TARGET
#define OCTOCAL_INLINE __attribute__((always_inline)) inline

#include "octocal/engine/kernels/round_half_even.hpp"

namespace octocal::engine {
namespace {

struct Pairs {
  static constexpr std::int64_t kLanes = 4, kCost = 2;
  using Sum = __m128i;
  using Pair = __m128i;
  OCTOCAL_INLINE static Sum zero() noexcept { return _mm_setzero_si128(); }
  OCTOCAL_INLINE static Pair weights(const std::int16_t* at) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  }
  OCTOCAL_INLINE static Pair pair(const std::int16_t* at) noexcept {
    std::int32_t both;
    std::memcpy(&both, at, sizeof both);
    return _mm_set1_epi32(both);
  }
  OCTOCAL_INLINE static Sum add(Sum sum, Pair x, Pair w) noexcept { return _mm_add_epi32(sum, _mm_madd_epi16(x, w)); }
  OCTOCAL_INLINE static void store(Sum sum, std::int32_t* out) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), sum);
  }
};

struct Words {
  static constexpr std::int64_t kLanes = 8;
  typedef std::uint16_t Vector __attribute__((vector_size(16)));
  typedef std::uint16_t Loose __attribute__((vector_size(16), aligned(2), may_alias));
};

struct Lanes {
  static constexpr std::int64_t kLanes = 4;
  typedef std::uint32_t Vector __attribute__((vector_size(16)));
  typedef std::int32_t Signed __attribute__((vector_size(16)));
  typedef float Float __attribute__((vector_size(16)));
  typedef std::uint32_t Loose __attribute__((vector_size(16), aligned(4), may_alias));
  typedef float LooseFloat __attribute__((vector_size(16), aligned(4), may_alias));
  OCTOCAL_INLINE static Float floats(Vector sums) noexcept {
    return __builtin_convertvector(reinterpret_cast<Signed>(sums), Float);
  }
  template <typename Stored>
  OCTOCAL_INLINE static void rounded(Float t, float most, std::byte* out) noexcept {
    Stored stored[kLanes];
    for (std::int64_t i = 0; i < kLanes; ++i)
      stored[i] = static_cast<Stored>(static_cast<std::int32_t>(round_half_even_clamped(t[i], 0.0F, most)));
    std::memcpy(out, stored, sizeof stored);
  }
  OCTOCAL_INLINE static void round_u8(Float t, std::byte* out) noexcept { rounded<std::uint8_t>(t, 255.0F, out); }
  OCTOCAL_INLINE static void round_u16(Float t, std::byte* out) noexcept { rounded<std::uint16_t>(t, 65535.0F, out); }
};

}  // namespace
}  // namespace octocal::engine

#include "octocal/engine/kernels/point_kernels_loops.hpp"

namespace octocal::engine {

const PointKernels& point_kernels_sse2() {
  static const auto sums = joined_points(points_up_to<Pairs, 1, 8>(), points_up_to<Pairs, 2, 5>());
  static const PointKernels kernels = all_kernels("own:convolution_integer sse2", sums);
  return kernels;
}

}  // namespace octocal::engine
#endif
