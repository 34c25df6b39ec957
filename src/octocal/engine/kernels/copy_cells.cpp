// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/copy_cells.hpp"

#include <algorithm>
#include <cstring>

namespace octocal::engine {
namespace {

template <typename Number>
void copy_as(const IndexMapSpec& spec, Number fill, const Number* source, Number* destination) noexcept {
  const auto run = static_cast<std::size_t>(spec.inner);
  for (const std::int64_t a : spec.from[0])
    for (const std::int64_t b : spec.from[1])
      for (const std::int64_t c : spec.from[2]) {
        const bool outside = a < 0 || b < 0 || c < 0;
        const std::int64_t row = ((a * spec.extent[1] + b) * spec.extent[2] + c) * spec.extent[3];
        for (const std::int64_t d : spec.from[3]) {
          if (outside || d < 0) {
            std::fill_n(destination, run, fill);
          } else {
            std::memcpy(destination, source + (row + d) * spec.inner, run * sizeof(Number));
          }
          destination += run;
        }
      }
}

}  // namespace

void copy_cells(const IndexMapSpec& spec, const std::byte* source, std::byte* destination) noexcept {
  if (spec.element == Element::kFloat32) {
    copy_as(spec, spec.fill_float32, reinterpret_cast<const float*>(source), reinterpret_cast<float*>(destination));
  } else if (size_of(spec.element) == 2) {
    copy_as(spec, spec.fill_integer, reinterpret_cast<const std::uint16_t*>(source),
            reinterpret_cast<std::uint16_t*>(destination));
  } else {
    copy_as(spec, static_cast<std::uint8_t>(spec.fill_integer), reinterpret_cast<const std::uint8_t*>(source),
            reinterpret_cast<std::uint8_t*>(destination));
  }
}

}  // namespace octocal::engine
