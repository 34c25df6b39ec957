// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/response.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "octocal/physics/observable_sums.hpp"
#include "unit/physics/shower_making.hpp"

namespace octocal::physics {
namespace {

using testing::kSmall;

/// Quantile of the standard normal distribution by bisection of erfc.
double normal_quantile(double p) {
  double low = -10, high = 10;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < p ? low : high) = middle;
  }
  return low;
}

/// Showers of one cell with the given responses, all at one energy.
SampleSums sample_of(const std::vector<double>& responses, float energy_gev = 200) {
  data::ShowerBatch batch;
  batch.geometry = kSmall;
  batch.energy_gev.assign(responses.size(), energy_gev);
  batch.cells_gev.assign(responses.size() * kSmall.cells(), 0.0F);
  for (std::size_t i = 0; i < responses.size(); ++i) {
    batch.shower(i)[0] = static_cast<float>(responses[i] * static_cast<double>(energy_gev));
  }
  return testing::sums_of(batch);
}

TEST(Response, CoreResolutionOfExactGaussianQuantiles) {
  // 0.03 (1 + 0.05 t) at the quantiles (i + 1/2)/n: the 16-84 % range is 2 * 0.99446 sigma.
  constexpr std::size_t kShowers = 20'000;
  std::vector<double> responses(kShowers);
  for (std::size_t i = 0; i < kShowers; ++i) {
    responses[i] = 0.03 * (1 + 0.05 * normal_quantile((static_cast<double>(i) + 0.5) / kShowers));
  }
  std::shuffle(responses.begin(), responses.end(), std::mt19937(1));
  const ResponseBin bin = response_bins(sample_of(responses), 1, true).front();
  EXPECT_EQ(bin.showers, kShowers);
  const double z = normal_quantile(0.84);
  EXPECT_NEAR(bin.core_resolution.value, 0.05 * z, 1e-5);
  EXPECT_NEAR(bin.median.value, 0.03, 1e-6);
  EXPECT_NEAR(bin.std.value, 0.05, 2e-4);
  EXPECT_NEAR(bin.mean.error, 0.03 * 0.05 / std::sqrt(kShowers), 1e-8);
  // Asymptotic: var Q(p) = p(1-p)/(n f^2), cov = p(1-r)/(n f_p f_r); half the range over the median, median exact
  // enough.
  const double density = std::exp(-z * z / 2) / std::sqrt(2 * M_PI);
  const double half_range =
      std::sqrt((2 * 0.16 * 0.84 - 2 * 0.16 * 0.16) / kShowers) / density / 2;  // in units of sigma
  EXPECT_NEAR(bin.core_resolution.error, 0.05 * half_range, 0.03 * 0.05 * half_range);
  EXPECT_NEAR(bin.median.error, 0.03 * 0.05 * std::sqrt(M_PI / 2 / kShowers), 1e-7);
  // Tail: below 0.85 of the median is 3 sigma.
  EXPECT_NEAR(bin.tail_share.value, 0.5 * std::erfc(3 / std::sqrt(2.0)), 1e-4);
}

TEST(Response, ErrorOfTheCoreResolutionIsItsScatter) {
  std::mt19937 engine(2);
  std::normal_distribution<double> normal(0.03, 0.001);
  double sum = 0, squares = 0, error = 0, floor = 0;
  constexpr int kTrials = 300;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> responses(512);
    for (double& r : responses) r = normal(engine);
    const Number core = response_bins(sample_of(responses), 1, trial < 30).front().core_resolution;
    sum += core.value;
    squares += core.value * core.value;
    error += core.error / kTrials;
    if (trial < 30) floor += core.floor / 30;
  }
  const double mean = sum / kTrials;
  const double scatter = std::sqrt(squares / kTrials - mean * mean);
  EXPECT_NEAR(error, scatter, 0.2 * scatter);
  EXPECT_NEAR(floor, 2 * scatter, 0.3 * scatter);
}

TEST(Response, BinsByEnergyBothEndsIncluded) {
  data::ShowerBatch batch;
  batch.geometry = kSmall;
  batch.energy_gev = {100, 139, 141, 499, 500};
  batch.cells_gev.assign(5 * kSmall.cells(), 0.0F);
  for (std::size_t i = 0; i < 5; ++i) batch.shower(i)[7] = 0.03F * batch.energy_gev[i];
  const auto bins = response_bins(testing::sums_of(batch), kResponseBins, false);
  ASSERT_EQ(bins.size(), 10U);
  EXPECT_EQ(bins[0].showers, 2U);
  EXPECT_EQ(bins[1].showers, 1U);
  EXPECT_EQ(bins[9].showers, 2U);
  EXPECT_DOUBLE_EQ(bins[9].energy_low_gev, 460);
  EXPECT_NEAR(bins[0].mean.value, 0.03, 1e-8);
  EXPECT_TRUE(std::isnan(bins[5].mean.value));  // empty
}

TEST(Response, HasNoErrorFromFewerThanTenShowers) {
  std::vector<double> responses{0.030, 0.031, 0.032, 0.029, 0.028, 0.033, 0.027, 0.030, 0.031};
  const auto nine = response_bins(sample_of(responses), 1, false).front();
  EXPECT_NEAR(nine.mean.value, 0.2710 / 9, 1e-8);
  for (const auto& number : {nine.mean, nine.median, nine.std, nine.core_resolution, nine.tail_share})
    EXPECT_TRUE(std::isnan(number.error));
  responses.push_back(0.029);
  const auto ten = response_bins(sample_of(responses), 1, false).front();
  // Mean 0.03, squares of the differences sum up to 30e-6.
  EXPECT_NEAR(ten.mean.error, std::sqrt(3e-6) / std::sqrt(10.0), 1e-8);
  EXPECT_GT(ten.core_resolution.error, 0);
}

TEST(Spread, IsWhatIsLeftAroundALineInEnergy) {
  // One cell at x = 0 and one at x = 4, so that the centre is 4 w with w = 0.1 + Ep/1000 +- 0.05, alternating.
  data::ShowerBatch batch;
  batch.geometry = kSmall;
  constexpr std::size_t kShowers = 4000;
  batch.resize(kShowers);
  std::fill(batch.cells_gev.begin(), batch.cells_gev.end(), 0.0F);
  for (std::size_t i = 0; i < kShowers; ++i) {
    const float energy = 100 + 400 * (static_cast<float>(i / 2) + 0.5F) / (kShowers / 2);
    const float weight = 0.1F + energy / 1000 + (i % 2 == 0 ? 0.05F : -0.05F);
    batch.energy_gev[i] = energy;
    batch.shower(i)[0] = 1 - weight;
    batch.shower(i)[4 * kSmall.ny * kSmall.nz] = weight;
  }
  const auto sums = testing::sums_of(batch);
  const auto moments = sums.observables().moments().mean();
  EXPECT_NEAR(ObservableSums::spread(moments, Feature::kXCentre), 4 * 0.05, 1e-5);
  EXPECT_NEAR(ObservableSums::mean(moments, Feature::kXCentre), 4 * 0.4, 1e-5);
  // Over the whole sample: 4 sqrt(0.05^2 + (0.4^2)/12).
  EXPECT_NEAR(ObservableSums::standard_deviation(moments, Feature::kXCentre), 4 * std::sqrt(0.0025 + 0.16 / 12), 1e-4);
}

TEST(Histogram, HoldsEveryShowerOfTheReference) {
  const auto batch = testing::random_showers(300, 3);
  const auto histogram = testing::sums_of(batch).observables().histogram(Feature::kZCentre);
  ASSERT_EQ(histogram.edges.size(), kHistogramBins + 1);
  double sum = 0;
  for (const double count : histogram.counts) sum += count;
  EXPECT_EQ(sum, 300);
  EXPECT_EQ(histogram.below + histogram.above, 0);
}

}  // namespace
}  // namespace octocal::physics
