// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace octocal::data {

/// Mean ECAL as a polynomial of the primary energy: sum_k coefficients[k] * (Ep / 100 GeV)^k, in GeV.
struct EnergyResponse {
  std::vector<double> coefficients;  ///< in GeV
  double energy_min_gev = 0;         ///< range of the fit
  double energy_max_gev = 0;         ///< the same

  /// Mean ECAL at a primary energy, GeV.
  double ecal_gev(double energy_gev) const noexcept;
};

/// Least squares of ECAL against Ep, weighted by 1/Ep^2 (the resolution is about constant, so the error grows with Ep).
/// Error: bad_input if there are fewer than degree + 2 different energies.
EnergyResponse fit_energy_response(std::span<const float> energy_gev, std::span<const double> ecal_gev, int degree = 2);

}  // namespace octocal::data
