// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/ranges.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "octocal/base/random.hpp"

namespace octocal::quant {
namespace {

Histogram histogram_of(const std::vector<float>& numbers, Range range, std::size_t bins) {
  Histogram histogram(range, bins);
  histogram.observe(numbers);
  return histogram;
}

TEST(Histogram, CountsNumbersInBinsAndZerosApart) {
  const auto histogram = histogram_of({-1, -0.6F, 0, 0, 0.1F, 2.9F, 3}, {-1, 3}, 8);
  EXPECT_EQ(histogram.counts(), (std::vector<std::uint64_t>{2, 0, 1, 0, 0, 0, 0, 2}));  // the upper end in the last bin
  EXPECT_EQ(histogram.zeros(), 2u);
  EXPECT_EQ(histogram.width(), 0.5);
  EXPECT_EQ(histogram.centre(2), 0.25);
}

TEST(Histogram, HoldsZeroAndTakesARangeWithoutWidth) {
  EXPECT_EQ(histogram_of({3, 4}, {3, 4}, 4).range().low, 0);
  EXPECT_EQ(histogram_of({0, 0, 0}, {0, 0}, 4).zeros(), 3u);
}

TEST(PercentileRange, CutsHalfOfTheShareAtEitherEnd) {
  // 100 numbers: 2 in the lowest bin, 1 in the highest; 4 bins below zero, 4 above.
  std::vector<float> numbers(97, 0.5F);
  numbers.insert(numbers.end(), {-3.5F, -3.5F, 3.5F});
  const auto histogram = histogram_of(numbers, {-4, 4}, 8);
  const auto whole = percentile_range(histogram, 100);
  EXPECT_EQ(whole.low, -4);
  EXPECT_EQ(whole.high, 4);
  const auto one = percentile_range(histogram, 98);  // 1 may lie outside on either side
  EXPECT_EQ(one.low, -4);
  EXPECT_EQ(one.high, 1);
  const auto two = percentile_range(histogram, 96);
  EXPECT_EQ(two.low, 0);
  EXPECT_EQ(two.high, 1);
}

TEST(SquaredError, IsRoundingInsideAndClippingOutside) {
  // Middles -3.5, 0.5, 3.5. Over [-2, 2] in u8: step 4 / 255, two numbers clipped by 1.5 each, 10 rounded.
  std::vector<float> numbers(10, 0.5F);
  numbers.insert(numbers.end(), {-3.5F, 3.5F, 0});
  const auto histogram = histogram_of(numbers, {-4, 4}, 8);
  EXPECT_NEAR(squared_error(histogram, {-2, 2}, ActivationScheme::kU8), 2 * 2.25 + 10 * (4.0 / 255) * (4.0 / 255) / 12,
              1e-6);
  EXPECT_NEAR(squared_error(histogram, {-4, 4}, ActivationScheme::kU8), 12 * (8.0 / 255) * (8.0 / 255) / 12, 1e-6);
  // s8 spans both sides whatever the range's lower end.
  EXPECT_NEAR(squared_error(histogram, {-1, 4}, ActivationScheme::kS8), 12 * (4.0 / 127) * (4.0 / 127) / 12, 1e-6);
}

TEST(LeastSquaresRange, KeepsTheRangeOfEvenNumbers) {
  std::vector<float> numbers;
  for (int i = 0; i < 4096; ++i) numbers.push_back(static_cast<float>(i) / 4096 * 2 - 1 + 1e-4F);
  const auto range = least_squares_range(histogram_of(numbers, {-1, 1}, 4096), ActivationScheme::kU8);
  EXPECT_NEAR(range.low, -1, 0.02);
  EXPECT_NEAR(range.high, 1, 0.02);
}

/// The best clipping of a normal distribution for 8 bits is known: 3.92 standard deviations (uniform quantizer of 256
/// levels; Banner et al., "Post training 4-bit quantization", and Hui and Neuhoff).
TEST(LeastSquaresRange, ClipsANormalDistributionWhereTheoryDoes) {
  std::vector<float> numbers(200000);
  normals(3, Draw::kTraining, 1, numbers);
  const auto range = least_squares_range(histogram_of(numbers, {-6, 6}, 4096), ActivationScheme::kU8);
  EXPECT_NEAR(range.low, -3.92, 0.3);
  EXPECT_NEAR(range.high, 3.92, 0.3);
}

TEST(LeastSquaresRange, OfOneSideStaysOneSided) {
  std::vector<float> numbers(1000, 1);
  numbers.push_back(8);
  EXPECT_EQ(least_squares_range(histogram_of(numbers, {0, 8}, 4096), ActivationScheme::kU8).low, 0);
  const auto nothing = least_squares_range(histogram_of({0}, {0, 0}, 16), ActivationScheme::kU8);
  EXPECT_EQ(nothing.high, 0);
}

TEST(EntropyRange, KeepsEvenNumbersAndCutsALoneOutlier) {
  std::vector<float> numbers;
  for (int i = 0; i < 8192; ++i) numbers.push_back((static_cast<float>(i) + 0.5F) / 8192);
  // Levels of even counts lose nothing at any threshold with whole levels, but what is cut piles up in the last bin.
  EXPECT_EQ(entropy_range(histogram_of(numbers, {0, 1}, 4096)).high, 1);
  // Falling counts are lost in levels of several bins. 128 of 2048 bins hold all but one number, one for each level:
  // nothing is lost there.
  for (float& x : numbers) x = 1 - std::sqrt(1 - x);
  numbers.push_back(16);
  const auto cut = entropy_range(histogram_of(numbers, {0, 16}, 4096));
  EXPECT_EQ(cut.high, 1);
  EXPECT_EQ(cut.low, 0);
}

}  // namespace
}  // namespace octocal::quant
