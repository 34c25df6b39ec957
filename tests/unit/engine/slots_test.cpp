// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/runtime/slots.hpp"

#include <gtest/gtest.h>

#include <array>

namespace octocal::engine {
namespace {

TEST(ShowersUnderWay, AreManyWhereWeightsAreLargeAndShowersSmall) {
  // Weights of 800 are read once for k showers; eight showers of 10 stay in a cache of 1,000 beside 400 of weights.
  const std::array<StepTraffic, 2> steps = {{{400, 10}, {400, 10}}};
  EXPECT_EQ(showers_under_way(steps, 400, 1000, 8), 8U);
  EXPECT_EQ(showers_under_way(steps, 400, 1000, 3), 3U);
}

TEST(ShowersUnderWay, IsOneWhereAllWeightsStay) {
  const std::array<StepTraffic, 2> steps = {{{400, 10}, {400, 10}}};
  EXPECT_EQ(showers_under_way(steps, 200, 1000, 8), 1U);
}

TEST(ShowersUnderWay, AreAsManyAsTheCacheHolds) {
  // One shower: 600 bytes of weights. Two: 300, and 100 + 2 * 450 is the cache. Three: 200, and 450 of a shower.
  const std::array<StepTraffic, 2> steps = {{{100, 450}, {500, 10}}};
  EXPECT_EQ(showers_under_way(steps, 1000, 1000, 8), 2U);
  // A shower that never fits is no reason: 600 / k + 1,001, so as many as may be.
  const std::array<StepTraffic, 2> large = {{{100, 1001}, {500, 10}}};
  EXPECT_EQ(showers_under_way(large, 1000, 1000, 8), 8U);
}

}  // namespace
}  // namespace octocal::engine
