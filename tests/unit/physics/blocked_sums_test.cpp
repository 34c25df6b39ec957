// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/blocked_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace octocal::physics {
namespace {

std::vector<double> same(std::span<const double> mean) { return {mean.begin(), mean.end()}; }

BlockedSums sums_of(const std::vector<double>& values) {
  BlockedSums sums(1);
  for (std::size_t i = 0; i < values.size(); ++i) sums.add_shower(i % kBlocks)[0] += values[i];
  return sums;
}

std::vector<double> normals(std::size_t n, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal(3, 2);
  std::vector<double> values(n);
  for (double& value : values) value = normal(engine);
  return values;
}

TEST(Jackknife, OfOneShowerABlockIsTheErrorOfTheMeanExactly) {
  const auto values = normals(kBlocks, 1);
  double mean = 0, squares = 0;
  for (const double v : values) mean += v / 64;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const Number number = estimate(sums_of(values), same)[0];
  EXPECT_NEAR(number.value, mean, 1e-12);
  EXPECT_NEAR(number.error, std::sqrt(squares / 63 / 64), 1e-12);
}

TEST(Jackknife, AgreesWithTheAnalyticErrorOfAMean) {
  const Number number = estimate(sums_of(normals(64'000, 2)), same)[0];
  const double expected = 2 / std::sqrt(64'000.0);
  EXPECT_NEAR(number.error, expected, 4 * 0.09 * expected);  // its own relative error is 1/sqrt(2 * 63)
}

TEST(Jackknife, AgreesWithTheAnalyticErrorOfARatio) {
  // r = mean(u)/mean(v), u and v normal, independent: (dr/r)^2 = (su/u)^2/n + (sv/v)^2/n.
  const std::size_t n = 64'000;
  const auto u = normals(n, 3), v = normals(n, 4);
  BlockedSums sums(2);
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = sums.add_shower(i % kBlocks);
    row[0] += u[i];
    row[1] += v[i];
  }
  const Number ratio = estimate(sums, [](std::span<const double> m) { return std::vector<double>{m[0] / m[1]}; })[0];
  const double expected = std::sqrt(2.0 / n) * 2 / 3;
  EXPECT_NEAR(ratio.value, 1, 5 * expected);
  EXPECT_NEAR(ratio.error, expected, 4 * 0.09 * expected);
}

TEST(Jackknife, OfPairedSamplesDropsWhatTheyShare) {
  const auto a = normals(6400, 5);
  auto b = a;
  for (double& value : b) value += 0.25;
  const auto difference = [](std::span<const double> x, std::span<const double> y) {
    return std::vector<double>{x[0] - y[0]};
  };
  const Number paired = estimate(sums_of(b), sums_of(a), true, difference)[0];
  EXPECT_NEAR(paired.value, 0.25, 1e-12);
  EXPECT_NEAR(paired.error, 0, 1e-12);
  const Number independent = estimate(sums_of(b), sums_of(a), false, difference)[0];
  const double expected = 2 * std::sqrt(2.0 / 6400);
  EXPECT_NEAR(independent.error, expected, 4 * 0.09 * expected);
}

TEST(Jackknife, IsUndefinedForOneShower) {
  const Number number = estimate(sums_of({7}), same)[0];
  EXPECT_EQ(number.value, 7);
  EXPECT_TRUE(std::isnan(number.error));
}

TEST(Floor, OfAMeanIsTwiceItsError) {
  // Halves of n/2: the variance of their difference is 4 s^2/n. Averaged over the balanced halvings this is an identity
  // with the jackknife: both are sums of squares of the same 63 contrasts.
  const auto sums = sums_of(normals(640, 6));
  EXPECT_NEAR(halving_rms(sums, same)[0], 2 * estimate(sums, same)[0].error, 1e-10);
}

TEST(Floor, OfASquareShrinksAsOneOverN) {
  const PairFunctional square = [](std::span<const double> a, std::span<const double> b) {
    return std::vector<double>{(a[0] - b[0]) * (a[0] - b[0])};
  };
  for (const std::size_t n : {640U, 6'400U, 64'000U}) {
    const double floor = halving_mean(sums_of(normals(n, 7)), square)[0];
    const double expected = 4 * 4.0 / static_cast<double>(n);
    EXPECT_NEAR(floor, expected, 4 * std::sqrt(2.0 / 63) * expected) << n;
  }
}

TEST(BlockedSums, MergedAreThoseOfOnePass) {
  const auto values = normals(1000, 8);
  const auto whole = sums_of(values);
  BlockedSums first(1), second(1);
  for (std::size_t i = 0; i < values.size(); ++i) (i < 300 ? first : second).add_shower(i % kBlocks)[0] += values[i];
  first.merge(second);
  EXPECT_EQ(first.showers(), 1000U);
  EXPECT_NEAR(first.mean()[0], whole.mean()[0], 1e-12);
  EXPECT_NEAR(estimate(first, same)[0].error, estimate(whole, same)[0].error, 1e-12);
}

}  // namespace
}  // namespace octocal::physics
