// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/gather.hpp"

namespace octocal::engine {

void gather(const GatherSpec& spec, const float* in, float* __restrict out) noexcept {
  if (spec.inner == 1) {
    for (std::int64_t o = 0; o < spec.outer; ++o, in += spec.extent)
      for (const std::int64_t index : spec.indices) *out++ = in[index];
    return;
  }
  for (std::int64_t o = 0; o < spec.outer; ++o) {
    for (const std::int64_t index : spec.indices) {
      const float* from = in + index * spec.inner;
      for (std::int64_t i = 0; i < spec.inner; ++i) out[i] = from[i];
      out += spec.inner;
    }
    in += spec.extent * spec.inner;
  }
}

}  // namespace octocal::engine
