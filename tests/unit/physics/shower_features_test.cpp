// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/shower_features.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "unit/physics/shower_making.hpp"

namespace octocal::physics {
namespace {

using testing::kSmall;
using testing::showers_of;

TEST(ShowerView, KnowsTheOrderOfCells) {
  // 2 GeV in the cell x = 3, y = 1, z = 2 of 5 x 4 x 3: index (3*4 + 1)*3 + 2 = 41.
  data::ShowerBatch batch = showers_of({{}});
  batch.cells_gev[41] = 2;
  ShowerView view(kSmall);
  view.look(100, batch.shower(0));
  const ShapeLayout layout(kSmall);
  const auto shapes = view.shapes();
  std::vector<double> expected(shapes.size(), 0.0);
  expected[layout.profile[0] + 3] = 2;
  expected[layout.profile[1] + 1] = 2;
  expected[layout.profile[2] + 2] = 2;
  expected[layout.projection[0] + 3 * 4 + 1] = 2;  // xy
  expected[layout.projection[1] + 3 * 3 + 2] = 2;  // xz
  expected[layout.projection[2] + 1 * 3 + 2] = 2;  // yz
  EXPECT_EQ(std::vector<double>(shapes.begin(), shapes.end()), expected);
  EXPECT_EQ(view.layers_gev()[2], 2);
}

TEST(ShowerView, MeasuresAShowerOfOneCell) {
  const auto batch = showers_of({{{3, 1, 2, 2.0F}}});
  ShowerView view(kSmall);
  view.look(batch.energy_gev[0], batch.shower(0));
  EXPECT_EQ(view.ecal_gev(), 2);
  EXPECT_DOUBLE_EQ(view.feature(Feature::kEcalOverEnergy), 0.02);
  EXPECT_EQ(view.feature(Feature::kHits), 1);
  EXPECT_EQ(view.feature(Feature::kCells), 1);
  EXPECT_EQ(view.feature(Feature::kXCentre), 3);
  EXPECT_EQ(view.feature(Feature::kYCentre), 1);
  EXPECT_EQ(view.feature(Feature::kZCentre), 2);
  EXPECT_EQ(view.feature(Feature::kZWidth), 0);
}

TEST(ShowerView, MeasuresTwoCells) {
  // 3 GeV at z = 0 and 1 GeV at z = 2: centre 0.5, width sqrt((3*0.25 + 2.25)/4) = sqrt(0.75).
  const auto batch = showers_of({{{2, 0, 0, 3.0F}, {2, 3, 2, 1.0F}}});
  ShowerView view(kSmall);
  view.look(batch.energy_gev[0], batch.shower(0));
  EXPECT_DOUBLE_EQ(view.feature(Feature::kZCentre), 0.5);
  EXPECT_DOUBLE_EQ(view.feature(Feature::kZWidth), std::sqrt(0.75));
  EXPECT_DOUBLE_EQ(view.feature(Feature::kYCentre), 0.75);
  EXPECT_DOUBLE_EQ(view.feature(Feature::kYWidth), std::sqrt(3 * 0.75 * 0.75 + 2.25 * 2.25) / 2);
  EXPECT_DOUBLE_EQ(view.feature(Feature::kXWidth), 0);
}

TEST(ShowerView, CountsHitsAboveAndCellsFromTheThreshold) {
  const auto batch = showers_of({{{0, 0, 0, 9e-7F}, {1, 0, 0, 1e-6F}, {2, 0, 0, 1e-4F}, {3, 0, 0, 1.01e-4F}}});
  ShowerView view(kSmall);
  view.look(batch.energy_gev[0], batch.shower(0));
  EXPECT_EQ(view.feature(Feature::kCells), 3);
  EXPECT_EQ(view.feature(Feature::kHits), 1);
  EXPECT_NEAR(view.ecal_gev(), 1e-6 + 1e-4 + 1.01e-4, 1e-11);  // the first cell counts as zero
}

TEST(ShowerView, HasNoCentreWithoutEnergy) {
  const auto batch = showers_of({{}});
  ShowerView view(kSmall);
  view.look(batch.energy_gev[0], batch.shower(0));
  EXPECT_EQ(view.feature(Feature::kEcalOverEnergy), 0);
  EXPECT_TRUE(std::isnan(view.feature(Feature::kZCentre)));
  EXPECT_TRUE(std::isnan(view.feature(Feature::kYWidth)));
}

}  // namespace
}  // namespace octocal::physics
