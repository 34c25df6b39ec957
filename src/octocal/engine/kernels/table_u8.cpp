// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/table_u8.hpp"

namespace octocal::engine {

void table_u8(const TableSpec& spec, const std::uint8_t* in, std::uint8_t* out) noexcept {
  for (std::int64_t a = 0; a < spec.outer; ++a) {
    const std::uint8_t* table = spec.table.data();
    for (std::int64_t c = 0; c < spec.channels; ++c, table += 256)
      for (std::int64_t i = 0; i < spec.inner; ++i) *out++ = table[*in++];
  }
}

}  // namespace octocal::engine
