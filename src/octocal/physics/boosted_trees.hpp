// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace octocal::physics {

/// Numbers of showers, one row each.
struct FeatureTable {
  std::size_t columns = 0;    ///< numbers a row
  std::vector<float> values;  ///< (rows, columns), C order; NaN counts as lower than every number

  std::size_t rows() const noexcept { return columns == 0 ? 0 : values.size() / columns; }  ///< number of rows
  /// One row, `columns` numbers.
  std::span<const float> row(std::size_t i) const noexcept { return std::span(values).subspan(i * columns, columns); }
};

/// How trees are grown; the defaults are those of the classifier on profiles (docs/physics.md).
struct BoostingSettings {
  std::size_t trees = 300;      ///< grown one after the other
  std::size_t depth = 4;        ///< at most 2^depth leaves a tree
  double learning_rate = 0.06;  ///< share of each leaf that is added to the score
  double row_share = 0.6;       ///< rows each tree sees (chosen at random: stochastic gradient boosting)
  double column_share = 0.5;    ///< columns each tree sees
  double smallest_leaf = 5;     ///< sum of weights p(1 - p) * 4 in a leaf: about so many rows
  double ridge = 1;             ///< added to the curvature of each leaf
  std::size_t bins = 64;        ///< at most 255; columns are cut at quantiles of the training rows
  std::uint64_t seed = 1;       ///< of the rows and columns that each tree sees
};

/// Gradient-boosted decision trees that tell two classes of rows apart (logistic loss, second-order splits, columns
/// binned once: Friedman 2001, and the histogram form of later libraries). For a row with score F and label y:
///
///     p = 1/(1 + exp(-F)),  gradient g = w (p - y),  curvature h = w p (1 - p)
///     gain of a split = GL^2/(HL + ridge) + GR^2/(HR + ridge) - G^2/(H + ridge),  leaf = -rate G/(H + ridge)
///
/// Weights w give both classes the same total. A pure function of rows, labels and seed: one thread, fixed order, the
/// subsets from counter-based random numbers. Rows of a thousand showers take about a tenth of a second.
class BoostedTrees {
 public:
  /// Learns from the rows given by number; labels[i] is 0 or 1 of table row i.
  /// Precondition: both labels among the rows, bins <= 255.
  BoostedTrees(const FeatureTable& table, std::span<const std::uint8_t> labels, std::span<const std::size_t> rows,
               const BoostingSettings& settings);

  /// The score F of a row: higher is more like label 1.
  double score(std::span<const float> row) const noexcept;

 private:
  struct Node {
    std::uint32_t column = 0;
    float cut = 0;           ///< rows with value < cut go left
    std::int32_t left = -1;  ///< index of the left child, the right one follows; -1 for a leaf
    double leaf = 0;
  };
  std::vector<Node> nodes_;
  std::vector<std::int32_t> roots_;

  friend class TreeGrower;
};

}  // namespace octocal::physics
