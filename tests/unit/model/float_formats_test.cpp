// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/float_formats.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace octocal::model {
namespace {

using ToBits = std::uint16_t (*)(float) noexcept;
using ToFloat = float (*)(std::uint16_t) noexcept;

/// Between each pair of neighbours: nearer ones round to the nearer, the middle to the even one.
void check_all_neighbours(ToBits to_bits, ToFloat to_float, std::uint16_t largest_finite) {
  for (std::uint32_t bits = 0; bits < largest_finite; ++bits) {
    const auto low = static_cast<std::uint16_t>(bits);
    const auto high = static_cast<std::uint16_t>(bits + 1);
    ASSERT_EQ(to_bits(to_float(low)), low);
    ASSERT_EQ(to_bits(-to_float(low)), low | 0x8000U);
    ASSERT_LT(to_float(low), to_float(high));
    // Exact: neighbours share all but the last of at most 11 mantissa bits.
    const float middle = (to_float(low) + to_float(high)) / 2;
    ASSERT_EQ(to_bits(middle), low % 2 == 0 ? low : high) << bits;
    ASSERT_EQ(to_bits(std::nextafter(middle, 0.0F)), low) << bits;
    ASSERT_EQ(to_bits(std::nextafter(middle, std::numeric_limits<float>::infinity())), high) << bits;
  }
}

TEST(FloatFormats, Float16RoundsHalfToEvenEverywhere) { check_all_neighbours(float16_bits, float16_value, 0x7bff); }

TEST(FloatFormats, Bfloat16RoundsHalfToEvenEverywhere) {
  // From the smallest normal on: halves of subnormal float32 are not exact.
  for (std::uint32_t bits = 0x0080; bits < 0x7f7e; ++bits) {
    const auto low = static_cast<std::uint16_t>(bits);
    const auto high = static_cast<std::uint16_t>(bits + 1);
    const float middle = bfloat16_value(low) + (bfloat16_value(high) - bfloat16_value(low)) / 2;
    ASSERT_EQ(bfloat16_bits(bfloat16_value(low)), low);
    ASSERT_EQ(bfloat16_bits(middle), low % 2 == 0 ? low : high) << bits;
    ASSERT_EQ(bfloat16_bits(std::nextafter(middle, 0.0F)), low) << bits;
  }
}

TEST(FloatFormats, KnownNumbers) {
  EXPECT_EQ(float16_bits(1.0F), 0x3c00);
  EXPECT_EQ(float16_bits(65504.0F), 0x7bff);
  EXPECT_EQ(float16_bits(65519.996F), 0x7bff);
  EXPECT_EQ(float16_bits(65520.0F), 0x7c00);
  EXPECT_EQ(float16_bits(-1e9F), 0xfc00);
  EXPECT_EQ(float16_bits(0x1p-24F), 0x0001);
  EXPECT_EQ(float16_bits(0x1p-25F), 0x0000);
  EXPECT_EQ(float16_value(0x3555), 0.333251953125F);
  EXPECT_TRUE(std::isnan(float16_value(float16_bits(std::numeric_limits<float>::quiet_NaN()))));
  EXPECT_EQ(bfloat16_bits(1.0F), 0x3f80);
  EXPECT_TRUE(std::isinf(bfloat16_value(bfloat16_bits(3.4e38F))));
  EXPECT_TRUE(std::isnan(bfloat16_value(bfloat16_bits(std::numeric_limits<float>::quiet_NaN()))));
}

}  // namespace
}  // namespace octocal::model
