// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/boosted_trees.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "octocal/base/expect.hpp"
#include "octocal/base/random.hpp"

namespace octocal::physics {
namespace {

/// Cuts between bins of one column: bin b holds cuts[b - 1] <= value < cuts[b].
std::vector<float> quantile_cuts(std::vector<float> values, std::size_t bins) {
  std::sort(values.begin(), values.end());
  std::vector<float> cuts;
  for (std::size_t b = 1; b < bins; ++b) {
    const float cut = values[b * values.size() / bins];
    // A cut at the smallest value would leave its left side empty.
    if (cut > values.front() && (cuts.empty() || cut > cuts.back())) cuts.push_back(cut);
  }
  return cuts;
}

float lowest_if_nan(float value) noexcept { return std::isnan(value) ? -std::numeric_limits<float>::max() : value; }

struct Sums {
  double gradient = 0, curvature = 0;
};

struct Split {
  double gain = 0;
  std::size_t column = 0, bin = 0;  ///< bins up to and with `bin` go left
  bool found = false;
};

}  // namespace

/// Holds the binned rows while the trees grow.
class TreeGrower {
 public:
  TreeGrower(const FeatureTable& table, std::span<const std::uint8_t> labels, std::span<const std::size_t> rows,
             const BoostingSettings& settings, BoostedTrees& result)
      : settings_(settings), result_(result), columns_(table.columns), n_(rows.size()) {
    bins_.resize(columns_ * n_);
    std::vector<float> values(n_);
    for (std::size_t c = 0; c < columns_; ++c) {
      for (std::size_t i = 0; i < n_; ++i) values[i] = lowest_if_nan(table.values[rows[i] * columns_ + c]);
      cuts_.push_back(quantile_cuts(values, settings.bins));
      for (std::size_t i = 0; i < n_; ++i) {
        const auto bin = std::upper_bound(cuts_[c].begin(), cuts_[c].end(), values[i]) - cuts_[c].begin();
        bins_[c * n_ + i] = static_cast<std::uint8_t>(bin);
      }
    }
    std::array<double, 2> counts{};
    for (const std::size_t row : rows) counts[labels[row]] += 1;
    for (const std::size_t row : rows) {
      label_.push_back(labels[row]);
      weight_.push_back(static_cast<double>(n_) / 2 / counts[labels[row]]);
    }
    score_.assign(n_, 0.0);
    sums_.resize(n_);
  }

  void grow_all() {
    for (std::size_t tree = 0; tree < settings_.trees; ++tree) {
      for (std::size_t i = 0; i < n_; ++i) {
        const double p = 1 / (1 + std::exp(-score_[i]));
        sums_[i] = {weight_[i] * (p - label_[i]), weight_[i] * p * (1 - p)};
      }
      grow_one(tree);
    }
  }

 private:
  /// Rows and columns of this tree, the same whatever came before.
  std::vector<std::size_t> choose(std::size_t count, double share, std::size_t tree, std::uint32_t purpose) const {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < count; ++i) {
      if (uniform01(settings_.seed, Draw::kPhysics, i, static_cast<std::uint32_t>(4 * tree) + purpose) < share)
        chosen.push_back(i);
    }
    if (chosen.empty()) chosen.push_back(0);
    return chosen;
  }

  void grow_one(std::size_t tree) {
    const auto root = static_cast<std::int32_t>(result_.nodes_.size());
    result_.roots_.push_back(root);
    result_.nodes_.emplace_back();
    tree_columns_ = choose(columns_, settings_.column_share, tree, 2);
    grow(root, choose(n_, settings_.row_share, tree, 1), 0);
    for (std::size_t i = 0; i < n_; ++i) score_[i] += leaf_of(root, i);
  }

  double leaf_of(std::int32_t node, std::size_t i) const {
    while (result_.nodes_[node].left >= 0) {
      const auto& at = result_.nodes_[node];
      const bool left = bins_[at.column * n_ + i] <= split_bin_[node];
      node = at.left + (left ? 0 : 1);
    }
    return result_.nodes_[node].leaf;
  }

  double gain_of(const Sums& sums) const { return sums.gradient * sums.gradient / (sums.curvature + settings_.ridge); }

  Split best_split(std::span<const std::size_t> rows, const Sums& total) const {
    Split best;
    std::array<Sums, 256> histogram;
    for (const std::size_t c : tree_columns_) {
      const std::size_t bins = cuts_[c].size() + 1;
      if (bins < 2) continue;
      std::fill_n(histogram.begin(), bins, Sums{});
      const std::uint8_t* const bin = &bins_[c * n_];
      for (const std::size_t i : rows) {
        histogram[bin[i]].gradient += sums_[i].gradient;
        histogram[bin[i]].curvature += sums_[i].curvature;
      }
      Sums left;
      for (std::size_t b = 0; b + 1 < bins; ++b) {
        left.gradient += histogram[b].gradient;
        left.curvature += histogram[b].curvature;
        const Sums right{total.gradient - left.gradient, total.curvature - left.curvature};
        // p(1 - p) is at most 1/4.
        if (4 * left.curvature < settings_.smallest_leaf || 4 * right.curvature < settings_.smallest_leaf) continue;
        const double gain = gain_of(left) + gain_of(right) - gain_of(total);
        if (gain > best.gain * (1 + 1e-12)) best = {gain, c, b, true};
      }
    }
    return best;
  }

  void grow(std::int32_t node, std::vector<std::size_t> rows, std::size_t depth) {
    split_bin_.resize(result_.nodes_.size());
    Sums total;
    for (const std::size_t i : rows) {
      total.gradient += sums_[i].gradient;
      total.curvature += sums_[i].curvature;
    }
    const Split split = depth < settings_.depth ? best_split(rows, total) : Split{};
    if (!split.found) {
      result_.nodes_[node].leaf = -settings_.learning_rate * total.gradient / (total.curvature + settings_.ridge);
      return;
    }
    const auto left = static_cast<std::int32_t>(result_.nodes_.size());
    result_.nodes_.resize(result_.nodes_.size() + 2);
    auto& at = result_.nodes_[node];
    at.column = static_cast<std::uint32_t>(split.column);
    at.cut = cuts_[split.column][split.bin];
    at.left = left;
    split_bin_[node] = static_cast<std::uint8_t>(split.bin);
    const std::uint8_t* const bin = &bins_[split.column * n_];
    std::array<std::vector<std::size_t>, 2> parts;
    for (const std::size_t i : rows) parts[bin[i] <= split.bin ? 0 : 1].push_back(i);
    rows.clear();
    grow(left, std::move(parts[0]), depth + 1);
    grow(left + 1, std::move(parts[1]), depth + 1);
  }

  const BoostingSettings& settings_;
  BoostedTrees& result_;
  std::size_t columns_, n_;
  std::vector<std::uint8_t> bins_;  ///< (columns, rows)
  std::vector<std::vector<float>> cuts_;
  std::vector<std::uint8_t> label_;
  std::vector<double> weight_, score_;
  std::vector<Sums> sums_;
  std::vector<std::size_t> tree_columns_;
  std::vector<std::uint8_t> split_bin_;  ///< of each node
};

BoostedTrees::BoostedTrees(const FeatureTable& table, std::span<const std::uint8_t> labels,
                           std::span<const std::size_t> rows, const BoostingSettings& settings) {
  OCTOCAL_EXPECT(settings.bins <= 255);
  OCTOCAL_EXPECT(std::any_of(rows.begin(), rows.end(), [&](std::size_t row) { return labels[row] == 0; }));
  OCTOCAL_EXPECT(std::any_of(rows.begin(), rows.end(), [&](std::size_t row) { return labels[row] == 1; }));
  TreeGrower(table, labels, rows, settings, *this).grow_all();
}

double BoostedTrees::score(std::span<const float> row) const noexcept {
  double sum = 0;
  for (std::int32_t node : roots_) {
    while (nodes_[node].left >= 0) {
      const Node& at = nodes_[node];
      node = at.left + (lowest_if_nan(row[at.column]) < at.cut ? 0 : 1);
    }
    sum += nodes_[node].leaf;
  }
  return sum;
}

}  // namespace octocal::physics
