// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/tile_u8.hpp"

namespace octocal::engine {

TileKernel tile_kernel(Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx2) return {"own:convolution_u8 avx2", sum_tile_avx2};
  return {"own:convolution_u8 sse2", sum_tile_sse2};
#else
  static_cast<void>(isa);
  return {"own:convolution_u8 portable", sum_tile_portable};
#endif
}

}  // namespace octocal::engine
