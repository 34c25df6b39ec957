// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/energy_range.hpp"

#include <algorithm>

#include "octocal/base/expect.hpp"

namespace octocal::physics {

double EnergyRange::edge_gev(std::size_t bin, std::size_t bins) const noexcept {
  if (bin >= bins) return high_gev;
  return low_gev + (high_gev - low_gev) * static_cast<double>(bin) / static_cast<double>(bins);
}

std::optional<std::size_t> EnergyRange::bin(double energy_gev, std::size_t bins) const noexcept {
  if (!(energy_gev >= low_gev && energy_gev <= high_gev)) return std::nullopt;
  if (high_gev <= low_gev) return 0;
  const double place = (energy_gev - low_gev) / (high_gev - low_gev) * static_cast<double>(bins);
  return std::min(static_cast<std::size_t>(place), bins - 1);
}

EnergyRange EnergyRange::of(std::span<const float> energy_gev) noexcept {
  OCTOCAL_EXPECT(!energy_gev.empty());
  const auto [low, high] = std::minmax_element(energy_gev.begin(), energy_gev.end());
  return {static_cast<double>(*low), static_cast<double>(*high)};
}

}  // namespace octocal::physics
