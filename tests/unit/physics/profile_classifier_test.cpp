// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/profile_classifier.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "unit/physics/shower_making.hpp"

namespace octocal::physics {
namespace {

using testing::random_showers;

FeatureTable features_of(const data::ShowerBatch& batch, std::size_t most = 100'000) {
  ProfileFeatures features(batch.geometry, most);
  features.add(batch);
  return features.table();
}

TEST(ProfileFeatures, AreProfilesMomentsAndTotals) {
  // 3 GeV at (1, 0, 0) and 1 GeV at (1, 2, 2) of 5 x 4 x 3 cells, Ep = 100 GeV.
  const auto table = features_of(testing::showers_of({{{1, 0, 0, 3.0F}, {1, 2, 2, 1.0F}}}));
  ASSERT_EQ(table.columns, 5U + 4 + 3 + 9 + 3);
  const auto row = table.row(0);
  EXPECT_FLOAT_EQ(row[1], 0.04F);      // P_x[1]/Ep
  EXPECT_FLOAT_EQ(row[5], 0.03F);      // P_y[0]/Ep
  EXPECT_FLOAT_EQ(row[9 + 2], 0.01F);  // P_z[2]/Ep
  EXPECT_FLOAT_EQ(row[12], 1);         // centre and width of x; its skewness is undefined
  EXPECT_FLOAT_EQ(row[13], 0);
  EXPECT_TRUE(std::isnan(row[14]));
  EXPECT_FLOAT_EQ(row[18], 0.5F);  // z: centre 1/2, width sqrt(3/4)
  EXPECT_FLOAT_EQ(row[19], static_cast<float>(std::sqrt(0.75)));
  // (3 (-1/2)^3 + (3/2)^3)/4 / (3/4)^(3/2) = 0.75/0.6495
  EXPECT_FLOAT_EQ(row[20], static_cast<float>(0.75 / std::pow(0.75, 1.5)));
  EXPECT_FLOAT_EQ(row[21], 0.04F);
  EXPECT_FLOAT_EQ(row[22], 2);
  EXPECT_FLOAT_EQ(row[23], 100);
}

TEST(ProfileFeatures, StopAtTheirMost) { EXPECT_EQ(features_of(random_showers(30, 1), 20).rows(), 20U); }

TEST(ClassifyProfiles, CannotTellSamplesOfTheSameKindApart) {
  const auto result = classify_profiles(features_of(random_showers(500, 2)), features_of(random_showers(500, 1)), 1);
  EXPECT_EQ(result.showers, 500U);
  EXPECT_NEAR(result.auc.value, 0.5, 4 * result.auc.error);
  EXPECT_NEAR(result.auc.error, std::sqrt(1.0 / 12 * (1.0 / 500 + 1.0 / 500)), 0.002);  // of random scores
}

TEST(ClassifyProfiles, FindsASmallShiftOfOneLayer) {
  // The last layer 4 % low: shower by shower that is one sigma of this layer's own noise (20 % over 20 cells) or less.
  auto sample = random_showers(500, 2);
  for (std::size_t i = 0; i < sample.size(); ++i) {
    for (std::size_t k = 2; k < testing::kSmall.cells(); k += 3) sample.shower(i)[k] *= 0.9F;
  }
  const auto result = classify_profiles(features_of(sample), features_of(random_showers(500, 1)), 1);
  EXPECT_GT(result.auc.value, 0.7);
  const auto again = classify_profiles(features_of(sample), features_of(random_showers(500, 1)), 1);
  EXPECT_EQ(result.auc.value, again.auc.value);
}

TEST(ClassifyProfiles, UsesAsManyShowersOfEither) {
  const auto result = classify_profiles(features_of(random_showers(300, 2)), features_of(random_showers(200, 1)), 1);
  EXPECT_EQ(result.showers, 200U);
}

TEST(ClassifyProfiles, IsUndefinedForAHandfulOfShowers) {
  const auto result = classify_profiles(features_of(random_showers(40, 2)), features_of(random_showers(40, 1)), 1);
  EXPECT_TRUE(std::isnan(result.auc.value));
}

TEST(ClassifyProfiles, FloorIsOneHalf) {
  const auto batch = random_showers(600, 3);
  const Number floor = classifier_floor(classify_profiles, features_of(batch), energy_blocks(batch.energy_gev), 1);
  EXPECT_NEAR(floor.value, 0.5, 4 * floor.error);
  EXPECT_GT(floor.error, 0);
}

}  // namespace
}  // namespace octocal::physics
