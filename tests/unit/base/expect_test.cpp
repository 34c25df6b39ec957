// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/expect.hpp"

#include <gtest/gtest.h>

#include <array>

#include "octocal/base/random.hpp"

namespace octocal {
namespace {

int third(int size, int& evaluated) {
  OCTOCAL_EXPECT(size > 2 && ++evaluated > 0);
  return size / 3;
}

TEST(Expect, HoldsItsTongueWhereThePreconditionHolds) {
  int evaluated = 0;
  EXPECT_EQ(third(3, evaluated), 1);
#ifdef OCTOCAL_CHECKS
  EXPECT_EQ(evaluated, 1);
#else
  EXPECT_EQ(evaluated, 0) << "a release build evaluates preconditions";
#endif
}

#ifdef OCTOCAL_CHECKS
TEST(ExpectDeathTest, NamesFileLineAndConditionAndAborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  int evaluated = 0;
  EXPECT_EXIT(third(2, evaluated), ::testing::KilledBySignal(SIGABRT),
              "expect_test.cpp:14: precondition does not hold: size > 2 && \\+\\+evaluated > 0");
}

TEST(ExpectDeathTest, GuardsTheLibraryToo) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  std::array<float, 2> numbers{};
  EXPECT_EXIT(normals(1, Draw::kLatent, {0, ShowerNumber::kSeries}, numbers), ::testing::KilledBySignal(SIGABRT),
              "random.cpp:[0-9]+: precondition does not hold: ");
}
#endif

}  // namespace
}  // namespace octocal
