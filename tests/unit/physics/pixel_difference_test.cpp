// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/pixel_difference.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "octocal/base/error.hpp"
#include "unit/physics/shower_making.hpp"

namespace octocal::physics {
namespace {

using testing::showers_of;

TEST(Table5, OfTwoFixedBatches) {
  // Shower 0: |1 - 1.5| + |2 - 1| = 1.5 GeV; shower 1: |0.5 - 0| = 0.5 GeV. ECAL of the base: 2.5 and 4 GeV.
  const auto a = showers_of({{{0, 0, 0, 1.0F}, {1, 1, 1, 2.0F}}, {{0, 0, 0, 0.5F}, {2, 2, 2, 4.0F}}});
  const auto b = showers_of({{{0, 0, 0, 1.5F}, {1, 1, 1, 1.0F}}, {{2, 2, 2, 4.0F}}});
  PixelDifference difference;
  difference.add(a, b, energy_blocks(a.energy_gev));
  const Table5 table = difference.table();
  EXPECT_EQ(table.showers, 2U);
  EXPECT_DOUBLE_EQ(table.mean_gev.value, 1);
  EXPECT_DOUBLE_EQ(table.std_gev.value, 0.5);
  EXPECT_DOUBLE_EQ(table.mean_gev.error, 0.5);  // s/sqrt(n) = 0.7071/1.4142
  EXPECT_DOUBLE_EQ(table.relative_to_ecal.value, 2 / 6.5);
  EXPECT_DOUBLE_EQ(table.largest_cell_gev, 1);
  EXPECT_DOUBLE_EQ(table.differing_cells, 3.0 / 120);
}

TEST(Table5, OfASampleWithItselfIsZero) {
  const auto a = testing::random_showers(100, 1);
  PixelDifference difference;
  difference.add(a, a, energy_blocks(a.energy_gev));
  EXPECT_EQ(difference.table().mean_gev.value, 0);
  EXPECT_EQ(difference.table().std_gev.value, 0);
  EXPECT_EQ(difference.table().largest_cell_gev, 0);
  EXPECT_EQ(difference.table().differing_cells, 0);
}

TEST(Table5, MergedIsThatOfOnePass) {
  const auto a = testing::random_showers(100, 1), b = testing::random_showers(100, 2);
  const auto c = testing::random_showers(80, 3), d = testing::random_showers(80, 4);
  const auto blocks = energy_blocks(a.energy_gev);
  PixelDifference whole, first, second;
  whole.add(a, b, blocks);
  whole.add(c, d, blocks);
  first.add(a, b, blocks);
  second.add(c, d, blocks);
  first.merge(second);
  EXPECT_NEAR(first.table().mean_gev.value, whole.table().mean_gev.value, 1e-12);
  EXPECT_NEAR(first.table().std_gev.error, whole.table().std_gev.error, 1e-12);
  EXPECT_EQ(first.table().largest_cell_gev, whole.table().largest_cell_gev);
}

TEST(Table5, RefusesBatchesOfDifferentSize) {
  const auto a = testing::random_showers(10, 1), b = testing::random_showers(9, 1);
  PixelDifference difference;
  EXPECT_THROW(difference.add(a, b, energy_blocks(a.energy_gev)), Error);
}

}  // namespace
}  // namespace octocal::physics
