// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/energy_balance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace octocal::data {
namespace {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Whether r is what calorimeters see of the primary energy: half a per cent (sampling) to all of it (calibrated).
bool is_usual(double ratio) noexcept { return ratio >= 0.005 && ratio <= kDoubtfulRatio; }

/// The likely unit behind a median r that is too large or too small; the first that fits.
std::string guess_of(double ratio, double energy_gev) {
  const auto then = [&](double factor) { return fmt::format("(then ECAL would be {:.2g} Ep)", ratio / factor); };
  if (ratio < 1 && is_usual(1000 * ratio)) return "the energies are in MeV and the cells in GeV " + then(1e-3);
  if (ratio < 1) return "";
  if (is_usual(ratio / 1000)) return "the cells are in MeV and the energies in GeV " + then(1000);
  if (is_usual(ratio / 100))
    return (energy_gev < 10 ? "the energies are divided by 100 " : "the cells are multiplied by 100 ") + then(100);
  if (is_usual(ratio / 1e6)) return "the cells are in keV and the energies in GeV " + then(1e6);
  return "";
}

}  // namespace

EnergyBalance energy_balance(const ShowerBatch& batch, std::size_t first) {
  EnergyBalance balance;
  balance.showers = batch.size();
  std::vector<double> ratios, energies;
  double highest = 0, ecal_of_highest = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto cells = batch.shower(i);
    const double ecal = std::accumulate(cells.begin(), cells.end(), 0.0);
    const auto energy = static_cast<double>(batch.energy_gev[i]);
    if (!(ecal > 0)) {
      ++balance.empty;
      continue;
    }
    ratios.push_back(ecal / energy);
    energies.push_back(energy);
    if (ratios.back() <= highest) continue;
    highest = ratios.back();
    ecal_of_highest = ecal;
    at = i;
  }
  if (ratios.empty()) return balance;

  const double ratio = median(ratios), energy = median(energies);
  const auto shower = fmt::format("shower {}: {:.4g} GeV of {:.4g} GeV", first + at, ecal_of_highest,
                                  static_cast<double>(batch.energy_gev[at]));
  const auto showers = fmt::format("median of {} showers", ratios.size());
  if (ratio > kDoubtfulRatio) {
    balance.units = ratio > kImpossibleRatio ? Units::kImpossible : Units::kDoubtful;
    balance.problem =
        fmt::format("showers leave {:.3g} times the energy that they have ({}; {})", ratio, showers, shower);
    balance.guess = guess_of(ratio, energy);
  } else if (highest > kImpossibleShower) {
    balance.units = Units::kImpossible;
    balance.problem = fmt::format("a shower leaves {:.3g} times the energy that it has ({}), while most leave {:.3g}",
                                  highest, shower, ratio);
  } else if (ratio < kLeastRatio) {
    balance.units = Units::kDoubtful;
    balance.problem =
        fmt::format("showers leave {:.2g} of their energy ({}), which is hardly anything", ratio, showers);
    balance.guess = guess_of(ratio, energy);
  } else if (energy > kDoubtfulEnergyGev) {
    balance.units = Units::kDoubtful;
    balance.problem =
        fmt::format("primary energies are {:.4g} GeV ({}), more than any accelerator gives", energy, showers);
    balance.guess = "energies and cells are in MeV";
  }
  return balance;
}

}  // namespace octocal::data
