// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace octocal {
namespace {

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> values{1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(values, 0.5), 3);
  EXPECT_DOUBLE_EQ(quantile(values, 5.0 / 6), 6);
  EXPECT_DOUBLE_EQ(quantile(values, 1), 8);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{7}, 0.3), 7);
}

TEST(JackknifeError, OfAMeanIsItsStandardError) {
  // Of the mean of 1, 2, 4, 8 the replicates are the means of three: 14/3, 13/3, 11/3, 7/3. The jackknife of a mean is
  // exactly s/sqrt(n), here sqrt((7.5625 + 3.0625 + 0.0625 + 18.0625) / 3 / 4).
  const std::vector<double> replicates{14.0 / 3, 13.0 / 3, 11.0 / 3, 7.0 / 3};
  EXPECT_NEAR(jackknife_error(replicates), std::sqrt(28.75 / 12), 1e-12);
}

TEST(JackknifeError, OfFewerThanTwoReplicatesIsUndefined) {
  EXPECT_TRUE(std::isnan(jackknife_error({})));
  EXPECT_TRUE(std::isnan(jackknife_error(std::vector<double>{1})));
}

}  // namespace
}  // namespace octocal
