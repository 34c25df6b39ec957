// SPDX-License-Identifier: Apache-2.0
#define OCTOCAL_TARGET
#include "octocal/engine/kernels/tile_sums_rows.hpp"

namespace octocal::engine {
namespace {

struct Vector {
  static constexpr std::int64_t kLanes = 8, kCost = 16;
  using Sum = std::array<std::int32_t, kLanes>;
  using Pair = std::array<std::int16_t, 2 * kLanes>;
  static Sum zero() noexcept { return {}; }
  static Pair weights(const std::int16_t* at) noexcept {
    Pair pair;
    for (std::size_t i = 0; i < pair.size(); ++i) pair[i] = at[i];
    return pair;
  }
  static std::array<std::int16_t, 2> pair(const std::int16_t* at) noexcept { return {at[0], at[1]}; }
  static Sum add(Sum sum, const std::array<std::int16_t, 2>& x, const Pair& w) noexcept {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += x[0] * w[2 * i] + x[1] * w[2 * i + 1];
    return sum;
  }
  static void add_to(const Sum& sum, double* out) noexcept {
    for (std::size_t i = 0; i < sum.size(); ++i) out[i] += static_cast<double>(sum[i]);
  }
};

}  // namespace

std::span<const TileKernel> tile_kernels_portable() {
  static const auto kernels = kernels_up_to<Vector, 1, 4>("own:convolution_integer portable");
  return kernels;
}

}  // namespace octocal::engine
