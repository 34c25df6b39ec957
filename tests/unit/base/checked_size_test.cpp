// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>

#include "octocal/base/checked_size.hpp"

namespace octocal {
namespace {

constexpr std::uint64_t kMost = 0xFFFF'FFFF'FFFF'FFFFU;

TEST(CheckedSize, IsTheProductAndTheSumWhereTheyFit) {
  CheckedSize size = 3;
  size *= 5;
  size += 7;
  EXPECT_EQ(size.value(), 22U);
  EXPECT_TRUE(size.fits(22));
  EXPECT_FALSE(size.fits(21));
  EXPECT_TRUE((CheckedSize(0xFFFF'FFFFU) * 0x1'0000'0001U).fits(kMost));  // 2^64 - 1
}

TEST(CheckedSize, StaysTooLargeOnceItIs) {
  // 64 * (2^61 + 1) and 2^32 * 2^32 wrap to 64 and 0.
  EXPECT_FALSE((CheckedSize(64) * 0x2000'0000'0000'0001U).fits(kMost));
  EXPECT_FALSE((CheckedSize(0x1'0000'0000U) * 0x1'0000'0000U + 5).fits(kMost));
  EXPECT_FALSE((CheckedSize(kMost) + 1).fits(kMost));
  EXPECT_EQ((CheckedSize(kMost) + 1).value_or(8), 8U);
  EXPECT_TRUE((CheckedSize(kMost) * 2 * 0).fits(0));  // nothing, however often
}

}  // namespace
}  // namespace octocal
