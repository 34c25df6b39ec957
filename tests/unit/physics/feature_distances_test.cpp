// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/feature_distances.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "octocal/physics/symmetric_eigenvalues.hpp"

namespace octocal::physics {
namespace {

TEST(SymmetricEigenvalues, OfMatricesThatAreKnown) {
  // 2 on the diagonal, 1 beside it: 2 + 2 cos(k pi / 4).
  auto chain = symmetric_eigenvalues({2, 0, 0, 1, 2, 0, 0, 1, 2}, 3);
  std::sort(chain.begin(), chain.end());
  EXPECT_NEAR(chain[0], 2 - std::sqrt(2.0), 1e-14);
  EXPECT_NEAR(chain[1], 2, 1e-14);
  EXPECT_NEAR(chain[2], 2 + std::sqrt(2.0), 1e-14);
  // All ones: n, and zeros.
  auto ones = symmetric_eigenvalues(std::vector<double>(36, 1.0), 6);
  std::sort(ones.begin(), ones.end());
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(ones[i], 0, 1e-14);
  EXPECT_NEAR(ones[5], 6, 1e-13);
  EXPECT_EQ(symmetric_eigenvalues({3}, 1), std::vector<double>{3});
  EXPECT_TRUE(symmetric_eigenvalues({}, 0).empty());
}

/// Rows of x and 2 x + 1, where x is -1, 1, -1, ... plus a shift, times a scale; block i modulo 64.
struct Lattice {
  FeatureTable table{2, {}};
  std::vector<std::uint8_t> blocks;

  Lattice(std::size_t n, float shift, float scale) {
    for (std::size_t i = 0; i < n; ++i) {
      // Each block has as many of either sign.
      const float x = scale * ((i / 64) % 2 == 0 ? -1.0F : 1.0F) + shift;
      table.values.insert(table.values.end(), {x, 2 * x + 1});
      blocks.push_back(static_cast<std::uint8_t>(i % 64));
    }
  }
};

TEST(FeatureDistances, OfGaussiansThatLieOnALine) {
  // Reference: x = -1 or 1, so the largest magnitudes are 1 and 3. Sample: x = -1.5 or 2.5. In units of these, the means are
  // (0, 1/3) and (1/2, 2/3), and all lie along v = (1, 2/3) with variances n/(n - 1) and 4 n/(n - 1):
  //     frechet = 1/4 + 1/9 + (2 - 1)^2 n/(n - 1) |v|^2,     |v|^2 = 13/9
  // Without a block there are n' = 1260 of the 1280 showers, as many of either sign: f_b = 1/4 + 1/9 + n'/(n' - 1) |v|^2.
  const Lattice reference(1280, 0, 1), sample(1280, 0.5F, 2);
  const auto far = feature_distances(sample.table, sample.blocks, reference.table, reference.blocks);
  const double all = 13.0 / 36 + 1280.0 / 1279 * 13 / 9, without = 13.0 / 36 + 1260.0 / 1259 * 13 / 9;
  EXPECT_NEAR(far.frechet.value, all - 63 * (without - all), 1e-6);  // values of float
  EXPECT_NEAR(far.frechet.value, 13.0 / 36 + 13.0 / 9, 1e-4);        // that of infinitely many
  EXPECT_NEAR(far.frechet.error, 0, 1e-6);
  EXPECT_EQ(far.showers, 1280U);
  EXPECT_EQ(far.numbers, 2U);
  // The other way round all is divided by 2.5 and 6.
  const auto back = feature_distances(reference.table, reference.blocks, sample.table, sample.blocks);
  EXPECT_NEAR(back.frechet.value, 0.04 + 1.0 / 36 + 0.16 + 4.0 / 36, 1e-4);
}

TEST(FeatureDistances, KernelOfPairsCountedByHand) {
  // d = 1, two blocks of which one is always 0, k(x, y) = (x y + 1)^4 after division by the reference's largest, 2.
  //     sample     block 0: 1 six times    block 1: 2 six times       -> 1/2 and 1:  k = (3/2)^4 between the blocks
  //     reference  block 0: 0 six times    block 1: 2 six times       -> 0 and 1:    k = 1
  //     across: 1/2 with 1, (3/2)^4, and 1 with 0, 1
  const FeatureTable sample{1, {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2}};
  const FeatureTable reference{1, {0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2}};
  const std::vector<std::uint8_t> blocks{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
  const double power = std::pow(1.5, 4);
  const auto distances = feature_distances(sample, blocks, reference, blocks);
  EXPECT_NEAR(distances.kernel.value, power + 1 - 2 * (power + 1) / 2, 1e-12);
  // Now the sample is 2 throughout: k = 16 within it, across (16 + 1)/2.
  const FeatureTable twos{1, std::vector<float>(12, 2.0F)};
  EXPECT_NEAR(feature_distances(twos, blocks, reference, blocks).kernel.value, 16 + 1 - 17, 1e-12);
  // In three blocks 0, 2, 2: k = 1, 1, 16 within the reference, mean 6; of the sample 16; across (1 + 1 + 16 + 16 + 16 + 16)/6.
  const FeatureTable thirds{1, {0, 2, 2, 0, 2, 2, 0, 2, 2, 0, 2, 2}};
  const std::vector<std::uint8_t> three{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2};
  const auto of_three = feature_distances(twos, three, thirds, three);
  EXPECT_NEAR(of_three.kernel.value, 16 + 6 - 2 * 11, 1e-12);
  const FeatureTable ones{1, std::vector<float>(12, 1.0F)};  // 1/2: (5/4)^4 within; across (1 + 2 (3/2)^4)/3
  EXPECT_NEAR(feature_distances(ones, three, thirds, three).kernel.value,
              std::pow(1.25, 4) + 6 - 2 * (1 + 2 * power) / 3, 1e-12);
}

FeatureTable gaussians(std::size_t n, std::size_t columns, unsigned seed, float shift = 0) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  FeatureTable table{columns, {}};
  for (std::size_t i = 0; i < n * columns; ++i) table.values.push_back(normal(engine) + (i % columns == 0 ? shift : 0));
  return table;
}

std::vector<std::uint8_t> dealt(std::size_t n) {
  std::vector<std::uint8_t> blocks;
  for (std::size_t i = 0; i < n; ++i) blocks.push_back(static_cast<std::uint8_t>(i % 64));
  return blocks;
}

TEST(FeatureDistances, AreZeroWithinErrorsForSamplesOfOneKind) {
  const auto blocks = dealt(640);
  const auto distances = feature_distances(gaussians(640, 10, 1), blocks, gaussians(640, 10, 2), blocks);
  EXPECT_NEAR(distances.frechet.value, 0, 4 * distances.frechet.error);
  EXPECT_NEAR(distances.kernel.value, 0, 4 * distances.kernel.error);
  // What is taken off: with covariance 1 it is about (d + d^2/4)(1/n + 1/m) = 0.11, divided by the square of the largest.
  EXPECT_LT(distances.frechet.error, 0.11 / 9);
  const auto halves = half_distances(gaussians(1280, 10, 3), dealt(1280));
  EXPECT_NEAR(halves.frechet.value, 0, 4 * halves.frechet.error);
  EXPECT_EQ(halves.showers, 640U);
}

TEST(FeatureDistances, KernelsErrorIsItsSpreadWhereNothingDiffers) {
  // Many pairs of samples of one kind: the distance spreads by as much as its error says, and no error is next to nothing
  // just where the distance is next to nothing, or below.
  const auto blocks = dealt(128);
  constexpr unsigned kPairs = 150;
  double spread = 0, errors = 0, worst = 0;
  unsigned beyond = 0;
  for (unsigned seed = 0; seed < kPairs; ++seed) {
    const auto kernel =
        feature_distances(gaussians(128, 1, 2 * seed), blocks, gaussians(128, 1, 2 * seed + 1), blocks).kernel;
    spread += kernel.value * kernel.value / kPairs;
    errors += kernel.error * kernel.error / kPairs;
    worst = std::max(worst, -kernel.value / kernel.error);
    beyond += std::abs(kernel.value) > 2 * kernel.error;
  }
  EXPECT_LT(std::sqrt(spread / errors), 1.15);
  EXPECT_GT(std::sqrt(spread / errors), 0.45);
  EXPECT_LT(worst, 1.5);
  EXPECT_LE(beyond, kPairs / 20);
}

TEST(FeatureDistances, KernelsErrorIsItsSpreadBetweenHalves) {
  const auto blocks = dealt(256);
  constexpr unsigned kSamples = 100;
  double spread = 0, errors = 0, worst = 0;
  for (unsigned seed = 0; seed < kSamples; ++seed) {
    const auto kernel = half_distances(gaussians(256, 1, 1000 + seed), blocks).kernel;
    spread += kernel.value * kernel.value / kSamples;
    errors += kernel.error * kernel.error / kSamples;
    worst = std::max(worst, -kernel.value / kernel.error);
  }
  EXPECT_LT(std::sqrt(spread / errors), 1.15);
  EXPECT_GT(std::sqrt(spread / errors), 0.3);
  EXPECT_LT(worst, 1.5);
}

TEST(FeatureDistances, FindAShiftOfOneNumber) {
  const auto blocks = dealt(640);
  const auto reference = gaussians(640, 10, 2);
  const auto distances = feature_distances(gaussians(640, 10, 1, 1.0F), blocks, reference, blocks);
  float largest = 0;
  for (std::size_t i = 0; i < reference.values.size(); i += 10)
    largest = std::max(largest, std::abs(reference.values[i]));
  const double shift2 = 1 / static_cast<double>(largest * largest);
  EXPECT_NEAR(distances.frechet.value, shift2, 4 * distances.frechet.error);
  EXPECT_GT(distances.frechet.value, 5 * distances.frechet.error);
}

TEST(FeatureDistances, TakeNumbersThatSayNothingTwiceOrAreUndefined) {
  // A second column that is the first, a third that is always 0: covariances without a full rank.
  const auto once = gaussians(640, 1, 1), other = gaussians(640, 1, 2);
  const auto widened = [](const FeatureTable& table) {
    FeatureTable wide{3, {}};
    for (const float value : table.values) wide.values.insert(wide.values.end(), {value, value, 0});
    return wide;
  };
  const auto blocks = dealt(640);
  const auto narrow = feature_distances(once, blocks, other, blocks);
  auto wide = widened(once);
  EXPECT_NEAR(feature_distances(wide, blocks, widened(other), blocks).frechet.value, 2 * narrow.frechet.value, 1e-9);
  wide.values[4] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(feature_distances(wide, blocks, widened(other), blocks).showers, 639U);
}

TEST(FeatureDistances, AreUndefinedForAHandfulOfShowers) {
  const auto few = gaussians(9, 2, 1), some = gaussians(19, 10, 2);
  EXPECT_TRUE(std::isnan(feature_distances(few, dealt(9), few, dealt(9)).kernel.value));
  const auto blocks = dealt(19);
  EXPECT_TRUE(std::isnan(feature_distances(some, blocks, some, blocks).frechet.value));
  EXPECT_TRUE(std::isfinite(feature_distances(some, blocks, some, blocks).kernel.value));
}

}  // namespace
}  // namespace octocal::physics
