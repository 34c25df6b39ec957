// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/number_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace octocal {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(PlainText, HasSoManySignificantFigures) {
  EXPECT_EQ(plain_text(0.012345, 3), "0.0123");
  EXPECT_EQ(plain_text(-12.345, 3), "-12.3");
  EXPECT_EQ(plain_text(123456, 3), "123456");
  EXPECT_EQ(plain_text(0.09996, 3), "0.100");  // rounding carries into another decade
  EXPECT_EQ(plain_text(1.2345e-5, 3), "1.23e-5");
  EXPECT_EQ(plain_text(9.996e-5, 3), "1.00e-4");
  EXPECT_EQ(plain_text(2.5e7, 2), "2.5e7");
  EXPECT_EQ(plain_text(0, 3), "0");
  EXPECT_EQ(plain_text(kNan, 3), "-");
}

TEST(NumberText, ShowsTwoFiguresOfTheError) {
  EXPECT_EQ(number_text(12.00312, 0.00412), "12.0031 +- 0.0041");
  EXPECT_EQ(number_text(12.00312, 0.0999), "12.00 +- 0.10");
  EXPECT_EQ(number_text(-3.14159, 1.26), "-3.1 +- 1.3");
  EXPECT_EQ(number_text(1234.5, 31), "1234 +- 31");
  EXPECT_EQ(number_text(0, 0.5), "0.00 +- 0.50");
}

TEST(NumberText, TakesAPowerOfTenForTheVerySmallAndTheVeryLarge) {
  EXPECT_EQ(number_text(1.204e-5, 3.1e-6), "(1.20 +- 0.31)e-5");
  EXPECT_EQ(number_text(2.5e-4, 2e-3), "0.0003 +- 0.0020");  // the error is large enough to be read
  EXPECT_EQ(number_text(3.21e6, 4e4), "(3.210 +- 0.040)e6");
}

TEST(NumberText, OfWhatHasNoErrorOrNoValue) {
  EXPECT_EQ(number_text(0.123456, kNan), "0.1235");
  EXPECT_EQ(number_text(0.123456, 0), "0.1235");
  EXPECT_EQ(number_text(kNan, 0.1), "-");
}

TEST(NumberText, HasSignAndUnitWhereAskedFor) {
  EXPECT_EQ(number_text(0.5, 0.1, {true, " %"}), "+0.50 % +- 0.10 %");
  EXPECT_EQ(number_text(-0.5, 0.1, {true, " %"}), "-0.50 % +- 0.10 %");
  EXPECT_EQ(number_text(5, kNan, {true, " %", 2}), "+5.0 %");
}

TEST(NumberText, CountsOneWithoutAnS) {
  EXPECT_EQ(count_text(0, "shower"), "0 showers");
  EXPECT_EQ(count_text(1, "shower"), "1 shower");
  EXPECT_EQ(count_text(2, "stream"), "2 streams");
}

TEST(Grouped, PutsACommaBeforeEveryThreeDigits) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

TEST(Shortened, CutsBehindAWholeLetterAndKeepsOneLine) {
  EXPECT_EQ(shortened("short", 10), "short");
  EXPECT_EQ(shortened("a\nb\tc", 10), "a b c");
  EXPECT_EQ(shortened("abcdef", 3), "abc...");
  EXPECT_EQ(shortened("ab\xc3\xa9"
                      "f",
                      3),
            "ab...");  // not half of an e with an accent
}

}  // namespace
}  // namespace octocal
