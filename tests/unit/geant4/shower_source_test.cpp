// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "octocal/base/error.hpp"
#include "octocal/geant4/shower_source.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::geant4 {
namespace {

const std::string kModel = std::string(OCTOCAL_SOURCE_DIR) + "/models/generator-int8.onnx";

TEST(PlaceShower, PutsTheMiddleCellOnTheLineOfFlight) {
  std::vector<float> cells(27, 0.0F);
  cells[(1 * 3 + 1) * 3 + 2] = 0.5F;  // middle cell of the third layer
  const auto deposits = place_shower(cells, {3, 3, 3}, {5.1, 5.1, 4.0, 1.0}, {10, 20, 30}, {0, 0, 2});
  ASSERT_EQ(deposits.size(), 1U);
  EXPECT_NEAR(deposits[0].position_mm[0], 10, 1e-12);
  EXPECT_NEAR(deposits[0].position_mm[1], 20, 1e-12);
  EXPECT_NEAR(deposits[0].position_mm[2], 30 + 2 * 4.0 + 1.0, 1e-12);
  EXPECT_NEAR(deposits[0].energy_mev, 500, 1e-9);
}

TEST(PlaceShower, KeepsCellAxesAlongZ) {
  std::vector<float> cells(27, 0.0F);
  cells[(2 * 3 + 0) * 3 + 0] = 1.0F;  // x + 1, y - 1
  const auto deposits = place_shower(cells, {3, 3, 3}, {5.0, 6.0, 4.0, 0.0}, {0, 0, 0}, {0, 0, 1});
  ASSERT_EQ(deposits.size(), 1U);
  EXPECT_NEAR(deposits[0].position_mm[0], 5, 1e-12);
  EXPECT_NEAR(deposits[0].position_mm[1], -6, 1e-12);
}

TEST(PlaceShower, DistancesDoNotDependOnTheDirection) {
  std::vector<float> cells(27, 0.0F);
  cells[0] = 1.0F;
  for (const Vector direction : {Vector{0, 0, 1}, Vector{1, 0, 0}, Vector{0.3, -0.5, 0.7}, Vector{0, 0, -1}}) {
    const auto deposits = place_shower(cells, {3, 3, 3}, {5, 6, 4, 1}, {0, 0, 0}, direction);
    const auto& p = deposits.at(0).position_mm;
    EXPECT_NEAR(std::sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]), std::sqrt(25.0 + 36 + 1), 1e-9);
  }
}

TEST(PlaceShower, RefusesADirectionWithoutLength) {
  EXPECT_THROW(place_shower(std::vector<float>(27), {3, 3, 3}, {}, {0, 0, 0}, {0, 0, 0}), Error);
}

TEST(ShowerSource, GivesTheSameDepositsForTheSameNumberOnly) {
  ShowerSource source(kModel, 5);
  const auto first = source.shower(17, 250, {0, 0, 0}, {0, 0, 1});
  const auto other = source.shower(18, 250, {0, 0, 0}, {0, 0, 1});
  const auto again = source.shower(17, 250, {0, 0, 0}, {0, 0, 1});
  ASSERT_EQ(first.size(), again.size());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].energy_mev, again[i].energy_mev);
  const auto sum = [](const std::vector<Deposit>& deposits) {
    return std::accumulate(deposits.begin(), deposits.end(), 0.0, [](double s, auto& d) { return s + d.energy_mev; });
  };
  EXPECT_NE(sum(first), sum(other));
  // The calorimeter samples about 2.8 % of the energy (data/README.md): 250 GeV leave about 7 GeV in silicon.
  EXPECT_NEAR(sum(first), 7000, 3000);
}

TEST(ShowerSource, RefusesEnergiesOutsideTheModel) {
  ShowerSource source(kModel, 5);
  EXPECT_TRUE(source.covers(250));
  EXPECT_FALSE(source.covers(1));
  EXPECT_THROW(source.shower(1, 1.0, {0, 0, 0}, {0, 0, 1}), Error);
}

}  // namespace
}  // namespace octocal::geant4
