// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/energy_response.hpp"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "octocal/base/error.hpp"

namespace octocal::data {
namespace {

/// Least squares by Givens rotations, a row at a time: as accurate as a QR decomposition of all rows (no normal
/// equations), in memory that does not grow with them.
class LeastSquares {
 public:
  explicit LeastSquares(std::size_t terms) : terms_(terms), triangle_(terms * terms, 0.0), right_(terms, 0.0) {}

  void add(std::vector<double> row, double value) {
    for (std::size_t k = 0; k < terms_; ++k) {
      if (row[k] == 0) continue;
      double* own = &triangle_[k * terms_];
      const double length = std::hypot(own[k], row[k]);
      const double c = own[k] / length;
      const double s = row[k] / length;
      for (std::size_t j = k; j < terms_; ++j) {
        const double kept = c * own[j] + s * row[j];
        row[j] = c * row[j] - s * own[j];
        own[j] = kept;
      }
      const double kept = c * right_[k] + s * value;
      value = c * value - s * right_[k];
      right_[k] = kept;
    }
  }

  std::vector<double> solve() const {
    std::vector<double> solution(right_);
    for (std::size_t k = terms_; k-- > 0;) {
      for (std::size_t j = k + 1; j < terms_; ++j) solution[k] -= triangle_[k * terms_ + j] * solution[j];
      solution[k] /= triangle_[k * terms_ + k];
    }
    return solution;
  }

 private:
  std::size_t terms_;
  std::vector<double> triangle_, right_;  // upper triangle R (terms, terms), Q^T b (terms)
};

}  // namespace

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
  const auto terms = static_cast<std::size_t>(degree) + 1;
  LeastSquares squares(terms);
  std::vector<double> row(terms);
  for (std::size_t i = 0; i < energy_gev.size(); ++i) {
    const double energy = static_cast<double>(energy_gev[i]) / 100;
    // Both sides divided by Ep: that is the weight 1/Ep^2 of the squares.
    double power = 1 / energy;
    for (std::size_t k = 0; k < terms; ++k, power *= energy) row[k] = power;
    squares.add(row, ecal_gev[i] / energy);
  }
  EnergyResponse fit;
  fit.coefficients = squares.solve();
  fit.energy_min_gev = static_cast<double>(*different.begin());
  fit.energy_max_gev = static_cast<double>(*different.rbegin());
  return fit;
}

}  // namespace octocal::data
