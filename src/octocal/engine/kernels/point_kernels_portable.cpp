// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#define OCTOCAL_TARGET
#define OCTOCAL_INLINE inline

#include "octocal/engine/kernels/round_half_even.hpp"

namespace octocal::engine {
namespace {

struct Pairs {
  static constexpr std::int64_t kLanes = 8, kCost = 16;
  using Sum = std::array<std::uint32_t, kLanes>;
  using Pair = std::array<std::int16_t, 2 * kLanes>;
  static Sum zero() noexcept { return {}; }
  static Pair weights(const std::int16_t* at) noexcept {
    Pair pair;
    for (std::size_t i = 0; i < pair.size(); ++i) pair[i] = at[i];
    return pair;
  }
  static std::array<std::int16_t, 2> pair(const std::int16_t* at) noexcept { return {at[0], at[1]}; }
  static Sum add(Sum sum, const std::array<std::int16_t, 2>& x, const Pair& w) noexcept {
    for (std::size_t i = 0; i < sum.size(); ++i)
      sum[i] += static_cast<std::uint32_t>(x[0] * w[2 * i] + x[1] * w[2 * i + 1]);
    return sum;
  }
  static void store(const Sum& sum, std::int32_t* out) noexcept { std::memcpy(out, sum.data(), sizeof sum); }
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
  static Float floats(Vector sums) noexcept { return __builtin_convertvector(reinterpret_cast<Signed>(sums), Float); }
  template <typename Stored>
  static void rounded(Float t, float most, std::byte* out) noexcept {
    Stored stored[kLanes];
    for (std::int64_t i = 0; i < kLanes; ++i)
      stored[i] = static_cast<Stored>(static_cast<std::int32_t>(round_half_even_clamped(t[i], 0.0F, most)));
    std::memcpy(out, stored, sizeof stored);
  }
  static void round_u8(Float t, std::byte* out) noexcept { rounded<std::uint8_t>(t, 255.0F, out); }
  static void round_u16(Float t, std::byte* out) noexcept { rounded<std::uint16_t>(t, 65535.0F, out); }
};

}  // namespace
}  // namespace octocal::engine

#include "octocal/engine/kernels/point_kernels_loops.hpp"

namespace octocal::engine {

const PointKernels& point_kernels_portable() {
  static const auto sums = points_up_to<Pairs, 1, 4>();
  static const PointKernels kernels = all_kernels("own:convolution_integer portable", sums);
  return kernels;
}

}  // namespace octocal::engine
