// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/cell_texture.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "unit/physics/shower_making.hpp"

namespace octocal::physics {
namespace {

using testing::kSmall;
using testing::showers_of;

CellTexture texture_of(const data::ShowerBatch& batch) {
  CellTexture texture(batch.geometry);
  for (std::size_t i = 0; i < batch.size(); ++i) texture.add(batch.shower(i), i % kBlocks);
  return texture;
}

TEST(CellTexture, CountsCellsInTwelveBinsADecade) {
  const auto& edges = spectrum_edges_gev();
  ASSERT_EQ(edges.size(), kSpectrumBins + 1);
  EXPECT_DOUBLE_EQ(edges.front(), 1e-6);
  EXPECT_NEAR(edges[12], 1e-5, 1e-18);
  EXPECT_NEAR(edges.back(), 10, 1e-12);
  // Two showers: the threshold itself, 1.2e-6 (its decade's first bin ends at 1.21e-6), 0.18 MeV (10^(2.255): bin 27), 20 GeV, and a
  // cell that is none.
  const auto row = texture_of(showers_of({{{0, 0, 0, 1e-6F}, {1, 0, 0, 1.2e-6F}, {4, 3, 2, 9e-7F}},
                                          {{2, 2, 2, 1.8e-4F}, {3, 3, 1, 20.0F}}}))
                       .spectrum()
                       .mean();
  EXPECT_DOUBLE_EQ(row[0], 1);
  EXPECT_DOUBLE_EQ(row[27], 0.5);
  EXPECT_DOUBLE_EQ(row[kSpectrumBins], 0.5);
  EXPECT_DOUBLE_EQ(std::accumulate(row.begin(), row.end(), 0.0), 2);
}

TEST(NeighbourExcess, OfShowersCountedByHand) {
  // Four showers of hits a = (0, 0, 0), b = (1, 0, 0), c = (0, 1, 1), d = (0, 1, 2): ab, ab, a, cd.
  //     along x in layer 0: <h_a h_b> = 1/2, <h_a> <h_b> = 3/4 1/2: 4/3
  //     along y: a pair in layer 0 (a and (0, 1, 0)) is never hit: nothing to divide by
  //     along z from layer 1 to 2: <h_c h_d> = 1/4, <h_c> <h_d> = 1/16: 4
  const auto batch = showers_of({{{0, 0, 0, 1}, {1, 0, 0, 1}},
                                 {{0, 0, 0, 1}, {1, 0, 0, 1}},
                                 {{0, 0, 0, 1}, {4, 3, 0, 1e-4F}},  // the last one is a cell, no hit
                                 {{0, 1, 1, 1}, {0, 1, 2, 1}}});
  const auto texture = texture_of(batch);
  const auto excess = neighbour_excess(kSmall, texture.neighbours().mean());
  ASSERT_EQ(excess.size(), 3U + 3 * 3);
  EXPECT_DOUBLE_EQ(excess[0], 4.0 / 3);
  EXPECT_TRUE(std::isnan(excess[1]));
  EXPECT_DOUBLE_EQ(excess[2], 4);
  EXPECT_DOUBLE_EQ(excess[3], 4.0 / 3);  // x, layer 0
  EXPECT_TRUE(std::isnan(excess[4]));    // x, layer 1: c has no neighbour that is ever hit
  EXPECT_TRUE(std::isnan(excess[9]));    // z, from layer 0
  EXPECT_DOUBLE_EQ(excess[10], 4);       // z, from layer 1
  EXPECT_TRUE(std::isnan(excess[11]));   // z: nothing lies behind the last layer
}

TEST(NeighbourExcess, IsOneForIndependentHits) {
  std::mt19937 engine(1);
  std::uniform_real_distribution<double> uniform;
  data::ShowerBatch batch;
  batch.geometry = kSmall;
  batch.resize(640);
  for (float& cell : batch.cells_gev) cell = uniform(engine) < 0.4 ? 1.0F : 0.0F;
  const auto texture = texture_of(batch);
  const auto numbers = estimate(texture.neighbours(), [](auto row) { return neighbour_excess(kSmall, row); });
  for (std::size_t axis = 0; axis < 3; ++axis) EXPECT_NEAR(numbers[axis].value, 1, 4 * numbers[axis].error);
  EXPECT_LT(numbers[0].error, 0.03);
}

TEST(CellTexture, MergedIsThatOfOnePass) {
  const auto batch = testing::random_showers(40, 1), other = testing::random_showers(40, 2);
  auto both = texture_of(batch);
  both.merge(texture_of(other));
  const auto a = texture_of(batch).spectrum().mean(), b = texture_of(other).spectrum().mean();
  const auto mean = both.spectrum().mean();
  for (std::size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(mean[i], (a[i] + b[i]) / 2, 1e-12);
  EXPECT_EQ(both.neighbours().showers(), 80U);
}

}  // namespace
}  // namespace octocal::physics
