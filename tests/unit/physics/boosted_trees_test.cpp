// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/boosted_trees.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "octocal/physics/auc.hpp"

namespace octocal::physics {
namespace {

/// Rows of two classes: normal numbers, class 1 shifted by `shift` in the first column.
struct Gaussians {
  FeatureTable table;
  std::vector<std::uint8_t> labels;
  std::vector<std::size_t> rows;
};

Gaussians gaussians(std::size_t n, std::size_t columns, double shift, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  Gaussians result;
  result.table.columns = columns;
  for (std::size_t i = 0; i < n; ++i) {
    result.labels.push_back(static_cast<std::uint8_t>(i % 2));
    result.rows.push_back(i);
    for (std::size_t c = 0; c < columns; ++c) {
      result.table.values.push_back(static_cast<float>(normal(engine) + (c == 0 && i % 2 == 1 ? shift : 0.0)));
    }
  }
  return result;
}

double auc_of(const BoostedTrees& trees, const Gaussians& test) {
  std::vector<double> scores[2];
  for (const std::size_t i : test.rows) scores[test.labels[i]].push_back(trees.score(test.table.row(i)));
  return auc(scores[1], scores[0]).value;
}

TEST(BoostedTrees, ReachTheAucOfTwoGaussiansAndNoMore) {
  for (const double shift : {0.0, 1.0, 2.0}) {
    const auto training = gaussians(3000, 4, shift, 1), test = gaussians(6000, 4, shift, 2);
    const BoostedTrees trees(training.table, training.labels, training.rows, {});
    const double best = 0.5 * std::erfc(-shift / 2);  // Neyman and Pearson: no classifier is better
    EXPECT_LT(auc_of(trees, test), best + 0.025) << shift;
    EXPECT_GT(auc_of(trees, test), best - 0.03) << shift;
  }
}

TEST(BoostedTrees, LearnWhatNoSingleColumnShows) {
  // Class 1 where the signs of two columns agree: each column alone has the same distribution in both classes.
  auto training = gaussians(3000, 6, 0, 3), test = gaussians(3000, 6, 0, 4);
  for (auto* part : {&training, &test}) {
    for (const std::size_t i : part->rows) {
      part->labels[i] = part->table.row(i)[1] * part->table.row(i)[4] > 0 ? 1 : 0;
    }
  }
  const BoostedTrees trees(training.table, training.labels, training.rows, {});
  EXPECT_GT(auc_of(trees, test), 0.97);
}

TEST(BoostedTrees, AreAFunctionOfTheSeed) {
  const auto data = gaussians(400, 5, 1, 5);
  BoostingSettings settings;
  settings.trees = 40;
  const BoostedTrees one(data.table, data.labels, data.rows, settings),
      two(data.table, data.labels, data.rows, settings);
  settings.seed = 2;
  const BoostedTrees other(data.table, data.labels, data.rows, settings);
  bool differs = false;
  for (const std::size_t i : data.rows) {
    EXPECT_EQ(one.score(data.table.row(i)), two.score(data.table.row(i)));
    differs = differs || one.score(data.table.row(i)) != other.score(data.table.row(i));
  }
  EXPECT_TRUE(differs);
}

TEST(BoostedTrees, TakeConstantColumnsAndNan) {
  auto data = gaussians(600, 3, 0, 6);
  for (const std::size_t i : data.rows) {
    data.table.values[i * 3] = 7;                                                                     // says nothing
    if (data.labels[i] == 1) data.table.values[i * 3 + 1] = std::numeric_limits<float>::quiet_NaN();  // says all
  }
  const BoostedTrees trees(data.table, data.labels, data.rows, {});
  EXPECT_EQ(auc_of(trees, data), 1);
}

TEST(BoostedTrees, WeighClassesOfUnequalSizeAlike) {
  // Nine in ten rows are of class 0 and nothing tells them apart: the mean score is 0, not log(1/9).
  auto data = gaussians(2000, 2, 0, 7);
  for (const std::size_t i : data.rows) data.labels[i] = i % 10 == 0 ? 1 : 0;
  BoostingSettings settings;
  settings.trees = 50;
  const BoostedTrees trees(data.table, data.labels, data.rows, settings);
  double sum = 0;
  for (const std::size_t i : data.rows) sum += trees.score(data.table.row(i)) / 2000;
  EXPECT_NEAR(sum, 0, 0.4);
}

}  // namespace
}  // namespace octocal::physics
