// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#define OCTOCAL_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#include "octocal/engine/kernels/tile_sums_avx512.hpp"
#include "octocal/engine/kernels/tile_sums_rows.hpp"

namespace octocal::engine {
namespace {

struct Half : Lanes8 {
  static constexpr std::int64_t kCost = 1;
  OCTOCAL_TARGET static Sum add(Sum sum, Pair x, Pair w) noexcept { return _mm256_dpwssd_epi32(sum, x, w); }
};
struct Whole : Lanes16 {
  static constexpr std::int64_t kCost = 2;  // twice as wide
  OCTOCAL_TARGET static Sum add(Sum sum, Pair x, Pair w) noexcept { return _mm512_dpwssd_epi32(sum, x, w); }
};

}  // namespace

std::span<const TileKernel> tile_kernels_avx512_vnni() {
  constexpr const char* kName = "own:convolution_integer avx512_vnni";
  static const auto kernels = joined(kernels_up_to<Half, 1, 13>(kName), kernels_up_to<Whole, 2, 13>(kName));
  return kernels;
}

}  // namespace octocal::engine
#endif
