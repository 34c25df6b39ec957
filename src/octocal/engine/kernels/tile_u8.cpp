#include "octocal/engine/kernels/tile_u8.hpp"

namespace octocal::engine {

TileKernel tile_kernel(Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx2) return {"own:convolution_u8 avx2", sum_tile_avx2};
#endif
  static_cast<void>(isa);
  return {"own:convolution_u8 baseline", sum_tile_baseline};
}

}  // namespace octocal::engine
