// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/permute.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace octocal::engine {
namespace {

/// Copies a row of bytes: rows are short (a pixel's channels), and a call for each would take longer than its bytes.
inline void copy_row(const std::byte* in, std::byte* out, std::size_t size) noexcept {
  constexpr std::size_t kStep = 16;
  if (size < kStep || size > 16 * kStep) {
    std::memcpy(out, in, size);
    return;
  }
  for (std::size_t at = 0; at + kStep <= size; at += kStep) std::memcpy(out + at, in + at, kStep);
  std::memcpy(out + size - kStep, in + size - kStep, kStep);
}

/// Rows of a few numbers that lie apart in the source, as channels do that become the fastest axis: as many loops as
/// rows, without one inside.
template <int kCount, typename Number>
void gather_rows(const PermuteSpec& spec, const Number* source, Number* destination) noexcept {
  constexpr std::size_t kFirst = PermuteSpec::kRank - 4;
  const auto* n = spec.dims.data() + kFirst;
  const auto* from = spec.source_strides.data() + kFirst;
  const auto* to = spec.destination_strides.data() + kFirst;
  for (std::int64_t a = 0; a < n[0]; ++a)
    for (std::int64_t b = 0; b < n[1]; ++b) {
      const Number* in = source + a * from[0] + b * from[1];
      Number* out = destination + a * to[0] + b * to[1];
      for (std::int64_t c = 0; c < n[2]; ++c, in += from[2], out += to[2])
        for (int d = 0; d < kCount; ++d) out[d] = in[d * from[3]];
    }
}

// Nearly all boxes have four axes or fewer, the last ones: those are loops, what is in front of them is counted.
constexpr std::size_t kCounted = PermuteSpec::kRank - 4;

template <typename Number>
void permute_four(const PermuteSpec& spec, const Number* source, Number* destination) noexcept {
  const auto* n = spec.dims.data() + kCounted;
  const auto* from = spec.source_strides.data() + kCounted;
  const auto* to = spec.destination_strides.data() + kCounted;
  if (to[3] == 1 && from[3] != 1 && n[3] == 2) return gather_rows<2>(spec, source, destination);
  if (to[3] == 1 && from[3] != 1 && n[3] == 3) return gather_rows<3>(spec, source, destination);
  if (to[3] == 1 && from[3] != 1 && n[3] == 4) return gather_rows<4>(spec, source, destination);
  const bool rows = (from[3] == 1 && to[3] == 1) || n[3] == 1;
  for (std::int64_t a = 0; a < n[0]; ++a)
    for (std::int64_t b = 0; b < n[1]; ++b)
      for (std::int64_t c = 0; c < n[2]; ++c) {
        const Number* in = source + a * from[0] + b * from[1] + c * from[2];
        Number* out = destination + a * to[0] + b * to[1] + c * to[2];
        if (rows) {
          copy_row(reinterpret_cast<const std::byte*>(in), reinterpret_cast<std::byte*>(out),
                   static_cast<std::size_t>(n[3]) * sizeof(Number));
        } else {
          for (std::int64_t d = 0; d < n[3]; ++d) out[d * to[3]] = in[d * from[3]];
        }
      }
}

template <typename Number>
void permute_as(const PermuteSpec& spec, const Number* source, Number* destination) noexcept {
  std::int64_t boxes = 1;
  for (std::size_t axis = 0; axis < kCounted; ++axis) boxes *= spec.dims[axis];
  for (std::int64_t box = 0; box < boxes; ++box) {
    std::int64_t rest = box;
    std::int64_t in = 0;
    std::int64_t out = 0;
    for (std::size_t axis = kCounted; axis-- > 0;) {
      const std::int64_t index = rest % spec.dims[axis];
      rest /= spec.dims[axis];
      in += index * spec.source_strides[axis];
      out += index * spec.destination_strides[axis];
    }
    permute_four(spec, source + in, destination + out);
  }
}

}  // namespace

void permute(const PermuteSpec& spec, const std::byte* source, std::byte* destination) noexcept {
  const auto width = static_cast<std::int64_t>(size_of(spec.element));
  source += spec.source_start * width;
  destination += spec.destination_start * width;
  if (spec.element == Element::kFloat32) {
    permute_as(spec, reinterpret_cast<const std::uint32_t*>(source), reinterpret_cast<std::uint32_t*>(destination));
  } else if (size_of(spec.element) == 2) {
    permute_as(spec, reinterpret_cast<const std::uint16_t*>(source), reinterpret_cast<std::uint16_t*>(destination));
  } else {
    permute_as(spec, reinterpret_cast<const std::uint8_t*>(source), reinterpret_cast<std::uint8_t*>(destination));
  }
}

}  // namespace octocal::engine
