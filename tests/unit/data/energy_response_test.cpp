// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/energy_response.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "octocal/base/error.hpp"
#include "octocal/base/random.hpp"
#include "octocal/data/shower_reader.hpp"

namespace octocal::data {
namespace {

TEST(EnergyResponse, RecoversAPolynomialExactly) {
  const std::vector<double> truth = {0.1, 2.8, -0.02};
  std::vector<float> energies;
  std::vector<double> ecal;
  for (int i = 0; i <= 40; ++i) {
    const double e = 1 + 0.1 * i;
    energies.push_back(static_cast<float>(100 * e));
    const double exact = static_cast<double>(energies.back()) / 100;
    ecal.push_back(truth[0] + truth[1] * exact + truth[2] * exact * exact);
  }
  const auto fit = fit_energy_response(energies, ecal);
  ASSERT_EQ(fit.coefficients.size(), 3U);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(fit.coefficients[k], truth[k], 1e-11) << k;
  EXPECT_EQ(fit.energy_min_gev, 100);
  EXPECT_EQ(fit.energy_max_gev, 500);
  EXPECT_NEAR(fit.ecal_gev(250), 0.1 + 2.8 * 2.5 - 0.02 * 6.25, 1e-11);
}

TEST(EnergyResponse, RecoversAPolynomialWithinTheErrorOfNoisyShowers) {
  constexpr std::size_t kShowers = 20000;
  std::vector<float> energies(kShowers);
  std::vector<double> ecal(kShowers);
  for (std::size_t i = 0; i < kShowers; ++i) {
    energies[i] = static_cast<float>(100 + 400 * uniform01(5, Draw::kEnergy, i, 0));
    float noise = 0;
    normals(5, Draw::kLatent, i, {&noise, 1});
    const double mean = 2.8 * static_cast<double>(energies[i]) / 100;
    ecal[i] = mean * (1 + 0.03 * static_cast<double>(noise));
  }
  const auto fit = fit_energy_response(energies, ecal, 2);
  // Resolution 3 % over sqrt(20,000 showers) is 0.02 % of the mean; a fit of three terms is within ten times that.
  for (const double energy : {110.0, 200.0, 300.0, 490.0})
    EXPECT_NEAR(fit.ecal_gev(energy) / (2.8 * energy / 100), 1, 2e-3) << energy;
}

TEST(EnergyResponse, WeighsByOneOverEnergySquared) {
  // Two energies, a constant: the weighted mean of 1 at 100 GeV and 3 at 200 GeV with weights 1 and 1/4.
  const std::vector<float> energies = {100, 200};
  const std::vector<double> ecal = {1, 3};
  const auto fit = fit_energy_response(energies, ecal, 0);
  EXPECT_NEAR(fit.coefficients.at(0), (1.0 + 3.0 / 4) / (1 + 1.0 / 4), 1e-12);
}

TEST(EnergyResponse, RefusesTooFewDifferentEnergies) {
  const std::vector<float> energies = {100, 200, 300, 300, 300};
  const std::vector<double> ecal = {3, 6, 9, 9, 9};
  EXPECT_THROW(fit_energy_response(energies, ecal, 2), Error);
  EXPECT_NO_THROW(fit_energy_response(energies, ecal, 1));
}

TEST(ShippedSample, HasTheResponseThatItsReadmeNames) {
  ShowerReader reader({OCTOCAL_SOURCE_DIR "/data/electrons_000.h5"});
  ASSERT_EQ(reader.size(), 1000U);
  ASSERT_EQ(reader.geometry(), Geometry{});
  const auto energies = reader.energies();
  std::vector<double> ecal;
  double hits = 0;
  ShowerBatch batch;
  while (reader.next(batch, 64))
    for (std::size_t i = 0; i < batch.size(); ++i) {
      double sum = 0;
      for (const float cell : batch.shower(i)) {
        sum += static_cast<double>(cell);
        hits += cell > 0 ? 1 : 0;
      }
      ecal.push_back(sum);
    }
  const auto fit = fit_energy_response(energies, ecal);
  // 2.83 % of Ep in the lowest quarter, 2.73 % in the highest; a thousand showers resolve 0.15 % of it.
  EXPECT_NEAR(fit.ecal_gev(150) / 150, 0.0283, 0.0003);
  EXPECT_NEAR(fit.ecal_gev(450) / 450, 0.0273, 0.0003);
  EXPECT_NEAR(hits / 1000, 1800, 50);
}

}  // namespace
}  // namespace octocal::data
