// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/energy_range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "octocal/base/error.hpp"

namespace octocal::model {

bool covers(const GeneratorInfo& info, double low_gev, double high_gev) noexcept {
  const double tolerance = 1e-6 * info.energy_max_gev;
  return low_gev >= info.energy_min_gev - tolerance && high_gev <= info.energy_max_gev + tolerance;
}

void check_energy_range(const GeneratorInfo& info, const std::string& origin, double low_gev, double high_gev,
                        bool extrapolate) {
  if (extrapolate || covers(info, low_gev, high_gev)) return;
  throw bad_input(
      fmt::format("{}: energies from {:.6g} to {:.6g} GeV are outside the model's range ({:.6g} to {:.6g} GeV); stay "
                  "inside it, or accept extrapolated showers with `extrapolate`",
                  origin, low_gev, high_gev, info.energy_min_gev, info.energy_max_gev));
}

void check_energies(const GeneratorInfo& info, const std::string& origin, std::span<const float> energy_gev,
                    bool extrapolate) {
  if (energy_gev.empty()) return;
  const auto bad = std::find_if(energy_gev.begin(), energy_gev.end(),
                                [](float energy) { return !std::isfinite(energy) || energy <= 0; });
  if (bad != energy_gev.end())
    throw bad_input(fmt::format("{}: a primary energy of {} GeV (entry {}); give energies that are positive and finite",
                                origin, *bad, bad - energy_gev.begin()));
  const auto [low, high] = std::minmax_element(energy_gev.begin(), energy_gev.end());
  check_energy_range(info, origin, static_cast<double>(*low), static_cast<double>(*high), extrapolate);
}

}  // namespace octocal::model
