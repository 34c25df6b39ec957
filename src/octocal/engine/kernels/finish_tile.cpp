// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/finish_tile.hpp"

#include <cstring>

#include "octocal/engine/kernels/round_half_even.hpp"

namespace octocal::engine {

void finish_pixel(const ConvolutionSpec& spec, std::int64_t first, std::int64_t channels, float* t, const float* offset,
                  std::byte* out) noexcept {
  const float* scale = spec.scale.data() + first;
  const auto count = static_cast<std::size_t>(channels);
  for (std::size_t c = 0; c < count; ++c) t[c] = t[c] * scale[c];
  if (offset != nullptr)
    for (std::size_t c = 0; c < count; ++c) t[c] = t[c] + offset[c];
  for (const auto& op : spec.post_ops) {
    if (!op.is_affine) {
      for (std::size_t c = 0; c < count; ++c) t[c] = t[c] > 0 ? t[c] : op.slope * t[c];
      continue;
    }
    if (!op.gain.empty())
      for (std::size_t c = 0; c < count; ++c) t[c] = t[c] * op.gain[static_cast<std::size_t>(first) + c];
    for (std::size_t c = 0; c < count; ++c) t[c] = t[c] + op.shift[static_cast<std::size_t>(first) + c];
  }
  if (spec.destination_element == Element::kFloat32) {
    std::memcpy(out, t, count * sizeof(float));
    return;
  }
  if (spec.destination_element == Element::kUint16) {
    auto* wide = reinterpret_cast<std::uint16_t*>(out);
    for (std::size_t c = 0; c < count; ++c)
      wide[c] = static_cast<std::uint16_t>(static_cast<int>(round_half_even_clamped(t[c], 0.0F, 65535.0F)));
    return;
  }
  for (std::size_t c = 0; c < count; ++c)
    out[c] = static_cast<std::byte>(static_cast<int>(round_half_even_clamped(t[c], 0.0F, 255.0F)));
}

}  // namespace octocal::engine
