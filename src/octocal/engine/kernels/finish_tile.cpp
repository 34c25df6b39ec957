// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/finish_tile.hpp"

#include <cstddef>
#include <cstring>

#include "octocal/engine/kernels/round_half_even.hpp"

namespace octocal::engine {
namespace {

template <typename Stored, std::int64_t kWidth>
void store_rounded(const float* t, std::int64_t channels, float most, std::byte* out) noexcept {
  Stored stored[kWidth];
  for (std::int64_t c = 0; c < kWidth; ++c)
    stored[c] = static_cast<Stored>(static_cast<int>(round_half_even_clamped(t[c], 0.0F, most)));
  std::memcpy(out, stored, static_cast<std::size_t>(channels) * sizeof(Stored));
}

// Loops over a known number of channels become vectors.
template <std::int64_t kWidth>
void finish(const ConvolutionSpec& spec, const TilePlace& place, const double* sums, const double* shift,
            std::byte* destination) noexcept {
  const float* scale = spec.scale.data() + place.first;
  const auto size = static_cast<std::int64_t>(size_of(spec.destination_element));
  for (std::int64_t p = 0; p < place.pixels; ++p, sums += kWidth) {
    const std::int64_t at = (place.pixel + p * place.step) * spec.output_channels + place.first;
    float t[kWidth];
    if (shift != nullptr) {
      for (std::int64_t c = 0; c < kWidth; ++c) t[c] = static_cast<float>(sums[c] - shift[c]);
    } else {
      for (std::int64_t c = 0; c < kWidth; ++c) t[c] = static_cast<float>(sums[c]);
    }
    for (std::int64_t c = 0; c < kWidth; ++c) t[c] = t[c] * scale[c];
    if (!spec.offset.empty()) {
      const float* offset = spec.offset.data() + (spec.offset_per_pixel ? at : place.first);
      for (std::int64_t c = 0; c < kWidth; ++c) t[c] = t[c] + offset[c];
    }
    for (const auto& op : spec.post_ops) {
      if (!op.is_affine) {
        for (std::int64_t c = 0; c < kWidth; ++c) t[c] = t[c] > 0 ? t[c] : op.slope * t[c];
        continue;
      }
      if (!op.gain.empty()) {
        const float* gain = op.gain.data() + place.first;
        for (std::int64_t c = 0; c < kWidth; ++c) t[c] = t[c] * gain[c];
      }
      const float* more = op.shift.data() + place.first;
      for (std::int64_t c = 0; c < kWidth; ++c) t[c] = t[c] + more[c];
    }
    std::byte* out = destination + at * size;
    if (spec.destination_element == Element::kFloat32)
      std::memcpy(out, t, static_cast<std::size_t>(place.channels) * sizeof(float));
    else if (spec.destination_element == Element::kUint16)
      store_rounded<std::uint16_t, kWidth>(t, place.channels, 65535.0F, out);
    else
      store_rounded<std::uint8_t, kWidth>(t, place.channels, 255.0F, out);
  }
}

}  // namespace

void finish_tile(const ConvolutionSpec& spec, const TilePlace& place, const double* sums, const double* shift,
                 std::byte* destination) noexcept {
  switch (place.width) {
    case 8:
      return finish<8>(spec, place, sums, shift, destination);
    case 16:
      return finish<16>(spec, place, sums, shift, destination);
    default:
      return finish<32>(spec, place, sums, shift, destination);
  }
}

}  // namespace octocal::engine
