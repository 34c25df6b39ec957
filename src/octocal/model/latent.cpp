// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/latent.hpp"

#include <algorithm>

#include <cmath>
#include <cstddef>

namespace octocal::model {

void make_latents(LatentConvention convention, std::uint64_t seed, Draw draw, ShowerNumber first,
                  std::span<const float> energy_gev, std::span<float> out) noexcept {
  if (energy_gev.empty()) return;
  const std::size_t length = out.size() / energy_gev.size();
  for (std::size_t i = 0; i < energy_gev.size(); ++i) {
    const auto latent = out.subspan(i * length, length);
    normals(seed, draw, {first.number + i, first.series}, latent);
    double factor = static_cast<double>(energy_gev[i]) / 100;
    if (convention == LatentConvention::kSphere) {
      double norm2 = 0;
      for (const float z : latent) norm2 += static_cast<double>(z) * static_cast<double>(z);
      factor *= std::sqrt(static_cast<double>(length) / norm2);
    }
    for (float& z : latent) z = static_cast<float>(static_cast<double>(z) * factor);
  }
}

void make_noise(std::uint64_t seed, Draw draw, ShowerNumber first, std::size_t showers, std::span<float> out) noexcept {
  // A purpose of its own for each purpose of latents: their counters never meet.
  const auto purpose = static_cast<Draw>(static_cast<std::uint32_t>(draw) + 64U);
  const auto numbers = showers > 0 ? out.size() / showers : 0;
  for (std::size_t i = 0; i < showers; ++i) {
    const ShowerNumber shower{first.number + i, first.series};
    for (std::size_t at = 0; at < numbers; at += 4) {
      const auto words = philox(seed, purpose, shower, static_cast<std::uint32_t>(at / 4));
      for (std::size_t j = 0; j < std::min<std::size_t>(4, numbers - at); ++j)
        out[i * numbers + at + j] = (static_cast<float>(words[j] >> 9U) + 0.5F) * 0x1p-23F;
    }
  }
}

}  // namespace octocal::model
