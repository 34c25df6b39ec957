// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#define OCTOCAL_TARGET __attribute__((target("avx512f,avx512bw,avx512vl")))
#include "octocal/engine/kernels/tile_sums_avx512.hpp"
#include "octocal/engine/kernels/tile_sums_rows.hpp"

namespace octocal::engine {
namespace {

struct Half : Lanes8 {
  static constexpr std::int64_t kCost = 2;
  OCTOCAL_TARGET static Sum add(Sum sum, Pair x, Pair w) noexcept {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w));
  }
};
struct Whole : Lanes16 {
  static constexpr std::int64_t kCost = 4;  // twice as wide
  OCTOCAL_TARGET static Sum add(Sum sum, Pair x, Pair w) noexcept {
    return _mm512_add_epi32(sum, _mm512_madd_epi16(x, w));
  }
};

}  // namespace

std::span<const TileKernel> tile_kernels_avx512() {
  constexpr const char* kName = "own:convolution_integer avx512";
  static const auto kernels = joined(kernels_up_to<Half, 1, 13>(kName), kernels_up_to<Whole, 2, 13>(kName));
  return kernels;
}

}  // namespace octocal::engine
#endif
