// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/latent.hpp"

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

}  // namespace octocal::model
