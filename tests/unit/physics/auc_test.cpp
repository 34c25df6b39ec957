// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/auc.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace octocal::physics {
namespace {

std::vector<double> normal_scores(std::size_t n, double mean, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal(mean, 1);
  std::vector<double> values(n);
  for (double& value : values) value = normal(engine);
  return values;
}

/// Every pair, as the definition says.
double by_pairs(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (const double x : a) {
    for (const double y : b) sum += x > y ? 1 : x == y ? 0.5 : 0;
  }
  return sum / static_cast<double>(a.size() * b.size());
}

TEST(Auc, IsTheShareOfPairsInTheRightOrder) {
  std::mt19937 engine(1);
  std::vector<double> a(57), b(83);
  for (double& value : a) value = static_cast<double>(engine() % 12);  // many ties
  for (double& value : b) value = static_cast<double>(engine() % 10);
  EXPECT_NEAR(auc(a, b).value, by_pairs(a, b), 1e-12);
  EXPECT_NEAR(auc(b, a).value, 1 - auc(a, b).value, 1e-12);
  EXPECT_NEAR(auc(b, a).error, auc(a, b).error, 1e-12);
}

TEST(Auc, OfTwoGaussiansIsTheNormalDistributionOfHalfTheirDistance) {
  // P(a > b) for unit Gaussians at a distance of d: Phi(d/sqrt(2)).
  for (const double d : {0.0, 0.5, 1.0, 2.0}) {
    const Number number = auc(normal_scores(20'000, d, 2), normal_scores(20'000, 0, 3));
    EXPECT_NEAR(number.value, 0.5 * std::erfc(-d / 2), 4 * number.error) << d;
  }
}

TEST(Auc, HasTheErrorOfItsScatter) {
  constexpr int kTrials = 400;
  double sum = 0, squares = 0, error = 0;
  for (unsigned trial = 0; trial < kTrials; ++trial) {
    const Number number = auc(normal_scores(80, 0.8, 10 + trial), normal_scores(120, 0, 5000 + trial));
    sum += number.value;
    squares += number.value * number.value;
    error += number.error / kTrials;
  }
  const double mean = sum / kTrials;
  const double scatter = std::sqrt(squares / kTrials - mean * mean);
  EXPECT_NEAR(error, scatter, 0.12 * scatter);
}

TEST(Auc, OfEqualScoresIsOneHalfAndOfNothingUndefined) {
  EXPECT_EQ(auc(std::vector<double>(7, 1.0), std::vector<double>(9, 1.0)).value, 0.5);
  EXPECT_TRUE(std::isnan(auc({}, std::vector<double>(9, 1.0)).value));
}

TEST(Folds, AreEqualInSizeAndAFunctionOfTheSeed) {
  const auto folds = deal_folds(1003, 5, 7);
  std::vector<int> counts(5, 0);
  for (const std::size_t fold : folds) ++counts[fold];
  for (const int count : counts) EXPECT_NEAR(count, 200.6, 0.6);
  EXPECT_EQ(folds, deal_folds(1003, 5, 7));
  EXPECT_NE(folds, deal_folds(1003, 5, 8));
}

}  // namespace
}  // namespace octocal::physics
