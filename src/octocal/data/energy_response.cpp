#include "octocal/data/energy_response.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <set>

#include "octocal/base/error.hpp"

namespace octocal::data {

double EnergyResponse::ecal_gev(double energy_gev) const noexcept {
  double sum = 0;
  for (auto k = coefficients.rbegin(); k != coefficients.rend(); ++k) sum = sum * (energy_gev / 100) + *k;
  return sum;
}

EnergyResponse fit_energy_response(std::span<const float> energy_gev, std::span<const double> ecal_gev, int degree) {
  const std::set<float> different(energy_gev.begin(), energy_gev.end());
  const auto least = static_cast<std::size_t>(degree) + 2;
  if (different.size() < least)
    throw bad_input(
        fmt::format("the sample has {} different primary energies, but a response of degree {} needs at "
                    "least {}; give showers of more energies",
                    different.size(), degree, least));
  const auto rows = static_cast<Eigen::Index>(energy_gev.size());
  Eigen::MatrixXd powers(rows, degree + 1);
  Eigen::VectorXd response(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const double energy = static_cast<double>(energy_gev[static_cast<std::size_t>(i)]) / 100;
    // Both sides divided by Ep: that is the weight 1/Ep^2 of the squares.
    double power = 1 / energy;
    for (int k = 0; k <= degree; ++k, power *= energy) powers(i, k) = power;
    response(i) = ecal_gev[static_cast<std::size_t>(i)] / energy;
  }
  const Eigen::VectorXd solution = powers.colPivHouseholderQr().solve(response);
  EnergyResponse fit;
  fit.coefficients.assign(solution.begin(), solution.end());
  fit.energy_min_gev = static_cast<double>(*different.begin());
  fit.energy_max_gev = static_cast<double>(*different.rbegin());
  return fit;
}

}  // namespace octocal::data
