// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/join_taps.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace octocal::engine {
namespace {

/// Bytes begin, begin + 1, ... of a row, as many as taps see of it, 0 where they lie outside.
void copy_window(const std::uint8_t* row, std::int64_t size, std::int64_t begin, std::int64_t count,
                 std::uint8_t* out) noexcept {
  std::fill_n(out, count, std::uint8_t{0});
  const std::int64_t first = std::max<std::int64_t>(begin, 0), end = std::min(begin + count, size);
  for (std::int64_t at = first; at < end; ++at) out[at - begin] = row[at];
}

/// Bytes of one row of taps, for all pixels of a row of the output. Copies of `Block` bytes where there is room: what they
/// write behind the taps is written over by the next row of taps, or meets weights of 0.
template <std::int64_t Block>
void join_row(const JoinTapsSpec& spec, const std::uint8_t* row, std::int64_t room, std::uint8_t* out) noexcept {
  const std::int64_t size = spec.x.input * spec.channels, count = spec.x.taps * spec.channels;
  const bool is_block = room >= Block;
  for (std::int64_t pixel = 0; pixel < spec.x.output; ++pixel, out += spec.joined) {
    const std::int64_t begin = (pixel * spec.x.stride - spec.x.pad) * spec.channels;
    if (is_block && begin >= 0 && begin + Block <= size) {
      std::memcpy(out, row + begin, static_cast<std::size_t>(Block));
    } else {
      copy_window(row, size, begin, count, out);
    }
  }
}

}  // namespace

void join_taps(const JoinTapsSpec& spec, const std::uint8_t* in, std::uint8_t* out) noexcept {
  const std::int64_t row_bytes = spec.x.input * spec.channels, count = spec.x.taps * spec.channels;
  for (std::int64_t plane = 0; plane < spec.planes; ++plane, in += spec.y.input * row_bytes)
    for (std::int64_t y = 0; y < spec.y.output; ++y, out += spec.x.output * spec.joined)
      for (std::int64_t tap = 0; tap < spec.y.taps; ++tap) {
        const std::int64_t from = y * spec.y.stride - spec.y.pad + tap;
        const std::int64_t room = spec.joined - tap * count;
        std::uint8_t* at = out + tap * count;
        if (from < 0 || from >= spec.y.input) {
          for (std::int64_t pixel = 0; pixel < spec.x.output; ++pixel)
            std::fill_n(at + pixel * spec.joined, count, std::uint8_t{0});
        } else if (count <= 8) {
          join_row<8>(spec, in + from * row_bytes, room, at);
        } else {
          join_row<16>(spec, in + from * row_bytes, room, at);
        }
      }
}

}  // namespace octocal::engine
