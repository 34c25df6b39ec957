// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/auc.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "octocal/base/random.hpp"

namespace octocal::physics {
namespace {

struct Moments {
  double sum = 0, squares = 0;
  void add(double value) noexcept {
    sum += value;
    squares += value * value;
  }
  double variance_of_mean(double n) const noexcept {
    if (n < 2) return kUndefined;
    return std::max(0.0, squares - sum * sum / n) / (n - 1) / n;
  }
};

/// For each value the share of `others` below it (or above it), ties one half. `others` is sorted.
Moments placements(std::span<const double> values, std::span<const double> others, bool below) {
  Moments moments;
  const auto n = static_cast<double>(others.size());
  for (const double value : values) {
    const auto [first, last] = std::equal_range(others.begin(), others.end(), value);
    const auto less = static_cast<double>(first - others.begin()), ties = static_cast<double>(last - first);
    moments.add(((below ? less : n - less - ties) + ties / 2) / n);
  }
  return moments;
}

}  // namespace

Number auc(std::span<const double> sample, std::span<const double> reference) {
  if (sample.empty() || reference.empty()) return {};
  std::vector<double> a(sample.begin(), sample.end()), b(reference.begin(), reference.end());
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  const auto m = static_cast<double>(a.size()), n = static_cast<double>(b.size());
  const Moments of_a = placements(a, b, true), of_b = placements(b, a, false);
  return {of_a.sum / m, std::sqrt(of_a.variance_of_mean(m) + of_b.variance_of_mean(n)), kUndefined};
}

Number mean_of_folds(std::span<const Number> folds) {
  Number mean{0, 0, kUndefined};
  const auto n = static_cast<double>(folds.size());
  for (const Number& fold : folds) {
    mean.value += fold.value / n;
    mean.error += fold.error * fold.error / (n * n);
  }
  mean.error = std::sqrt(mean.error);
  return mean;
}

std::vector<std::size_t> deal_folds(std::size_t showers, std::size_t folds, std::uint64_t seed) {
  std::vector<std::pair<double, std::size_t>> order(showers);
  for (std::size_t i = 0; i < showers; ++i) order[i] = {uniform01(seed, Draw::kPhysics, i, 0), i};
  std::sort(order.begin(), order.end());
  std::vector<std::size_t> fold(showers);
  for (std::size_t rank = 0; rank < showers; ++rank) fold[order[rank].second] = rank % folds;
  return fold;
}

}  // namespace octocal::physics
