// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/cell_numbers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace octocal::physics {
namespace {

/// One shower of 5 x 5 x 10 cells with three hits next to each other and one at a side.
data::ShowerBatch one_shower() {
  data::ShowerBatch batch;
  batch.geometry = {5, 5, 10};
  batch.resize(1);
  batch.energy_gev[0] = 200;
  const auto set = [&](std::size_t x, std::size_t y, std::size_t z, float gev) {
    batch.shower(0)[(x * 5 + y) * 10 + z] = gev;
  };
  set(2, 2, 4, 0.05F);
  set(2, 2, 5, 0.05F * std::exp(1.0F));
  set(3, 2, 4, 2e-3F);
  set(0, 2, 9, 1.8e-4F);
  set(4, 4, 0, 2e-5F);  // no hit, but a cell
  set(1, 1, 1, 5e-7F);  // less than a cell
  return batch;
}

TEST(CellNumbers, HandWorkedNumbers) {
  const auto batch = one_shower();
  CellNumbers numbers(batch.geometry, 10);
  numbers.add(batch);
  ASSERT_EQ(numbers.table().columns, 50U);
  ASSERT_EQ(numbers.showers(), 1U);
  const auto row = numbers.table().row(0);
  // Bands: 17, in order.
  EXPECT_EQ(std::accumulate(row.begin(), row.begin() + 17, 0.0F), 5);
  EXPECT_EQ(row[2], 1);   // 1e-5 to 3e-5
  EXPECT_EQ(row[6], 1);   // 1.6e-4 to 2e-4: a single particle
  EXPECT_EQ(row[11], 1);  // 2e-3 to 5e-3: a band holds its lower end
  EXPECT_EQ(row[14], 1);  // 0.03 to 0.1
  EXPECT_EQ(row[15], 1);  // 0.1 to 0.3
  // Rings: the middle column is in the first, columns 2 away in the last but one (2 of 2.5 cells' reach).
  EXPECT_EQ(row[17], 2);
  EXPECT_EQ(row[17 + 2], 1);
  EXPECT_EQ(row[17 + 4], 1);
  EXPECT_NEAR(row[22], 0.05 * (1 + std::exp(1.0)) / 200, 1e-7);
  // Ten groups of layers: one layer each.
  EXPECT_EQ(row[27 + 4], 2);
  EXPECT_EQ(row[27 + 5], 1);
  EXPECT_EQ(row[27 + 9], 1);
  // Pairs along x (the three thresholds), then along z.
  EXPECT_EQ(row[37], 1);
  EXPECT_EQ(row[38], 1);
  EXPECT_EQ(row[39], 1);
  EXPECT_EQ(row[40], 1);
  EXPECT_EQ(row[42], 1);
  EXPECT_NEAR(row[43], 1, 1e-6);  // one step along z, by a factor of e
  EXPECT_NEAR(row[44], 0.05 * std::exp(1.0) / 200, 1e-7);
  EXPECT_EQ(row[45], 1);  // the side x = 0
  EXPECT_EQ(row[46], 0);
  EXPECT_EQ(row[49], 200);
}

TEST(CellNumbers, StopsAtTheMostAndTakesEmptyShowers) {
  data::ShowerBatch batch;
  batch.geometry = {5, 5, 10};
  batch.resize(4);
  std::fill(batch.energy_gev.begin(), batch.energy_gev.end(), 100.0F);
  CellNumbers numbers(batch.geometry, 3);
  numbers.add(batch);
  EXPECT_EQ(numbers.showers(), 3U);
  for (const float number : numbers.table().values) EXPECT_FALSE(std::isnan(number));
}

}  // namespace
}  // namespace octocal::physics
