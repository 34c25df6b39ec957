// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/response_shape.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace octocal::data {
namespace {

TEST(ResponseShape, OfEvenlySpacedResponses) {
  // 0.020 .. 0.030 in 101 steps: median 0.025, Q(0.16) = 0.0216, Q(0.84) = 0.0284; below 0.85 * 0.025 = 0.02125 lie 13.
  std::vector<double> responses;
  for (int i = 0; i <= 100; ++i) responses.push_back(0.020 + 0.0001 * i);
  const auto shape = response_shape(responses);
  EXPECT_NEAR(shape.mean, 0.025, 1e-12);
  EXPECT_NEAR(shape.median, 0.025, 1e-12);
  EXPECT_NEAR(shape.core_resolution, 0.0034 / 0.025, 1e-12);
  EXPECT_NEAR(shape.std, 0.0001 * std::sqrt((101.0 * 101 - 1) / 12) / 0.025, 1e-12);
  EXPECT_DOUBLE_EQ(shape.tail_share, 13.0 / 101);
}

TEST(ResponseShape, OfOneShowerHasNoWidth) {
  const auto shape = response_shape(std::vector<double>{0.03});
  EXPECT_DOUBLE_EQ(shape.mean, 0.03);
  EXPECT_DOUBLE_EQ(shape.median, 0.03);
  EXPECT_EQ(shape.std, 0);
  EXPECT_EQ(shape.core_resolution, 0);
  EXPECT_EQ(shape.tail_share, 0);
}

}  // namespace
}  // namespace octocal::data
