// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/join_taps.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace octocal::engine {
namespace {

constexpr std::int64_t kBlock = 16;  // bytes that a copy of its own takes

/// Bytes begin, begin + 1, ... of a row, 0 where they lie outside of it or behind spec.taps.
void copy_window(const JoinTapsSpec& spec, const std::uint8_t* row, std::int64_t begin, std::uint8_t* out) noexcept {
  const std::int64_t size = spec.pixels * spec.channels, taps = spec.taps * spec.channels;
  std::fill_n(out, spec.joined, std::uint8_t{0});
  const std::int64_t first = std::max<std::int64_t>(begin, 0), end = std::min(begin + taps, size);
  for (std::int64_t at = first; at < end; ++at) out[at - begin] = row[at];
}

}  // namespace

void join_taps(const JoinTapsSpec& spec, const std::uint8_t* in, std::uint8_t* out) noexcept {
  const std::int64_t size = spec.pixels * spec.channels;
  for (std::int64_t row = 0; row < spec.rows; ++row, in += size)
    for (std::int64_t pixel = 0; pixel < spec.joined_pixels; ++pixel, out += spec.joined) {
      const std::int64_t begin = (pixel * spec.stride - spec.pad) * spec.channels;
      // Bytes behind the taps meet weights of 0: those of the next pixels may stand there.
      if (spec.joined == kBlock && begin >= 0 && begin + kBlock <= size) {
        std::memcpy(out, in + begin, kBlock);
      } else {
        copy_window(spec, in, begin, out);
      }
    }
}

}  // namespace octocal::engine
