// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/finish_tile.hpp"

#include <array>
#include <cstring>

#include "octocal/base/expect.hpp"
#include "octocal/engine/kernels/round_half_even.hpp"
#include "octocal/engine/kernels/tile_u8.hpp"

namespace octocal::engine {

void finish_pixel(const ConvolutionSpec& spec, std::int64_t first, std::int64_t channels, const std::int32_t* sums,
                  const float* offset, std::byte* out) noexcept {
  OCTOCAL_EXPECT(channels <= kTileChannels);
  std::array<float, kTileChannels> t{};
  const float* scale = spec.scale.data() + first;
  const auto count = static_cast<std::size_t>(channels);
  for (std::size_t c = 0; c < count; ++c) t[c] = static_cast<float>(sums[c]);
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
    std::memcpy(out, t.data(), count * sizeof(float));
    return;
  }
  for (std::size_t c = 0; c < count; ++c)
    out[c] = static_cast<std::byte>(static_cast<int>(round_half_even_clamped(t[c], 0.0F, 255.0F)));
}

}  // namespace octocal::engine
