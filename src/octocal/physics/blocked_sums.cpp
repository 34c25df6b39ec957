// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/blocked_sums.hpp"

#include <cmath>
#include <numeric>

#include "octocal/base/expect.hpp"
#include "octocal/base/statistics.hpp"

namespace octocal::physics {
namespace {

/// Jackknife errors of several numbers from their replicates, one row a block that was left out.
std::vector<double> jackknife_errors(const std::vector<std::vector<double>>& replicates, std::size_t width) {
  std::vector<double> errors(width), column(replicates.size());
  for (std::size_t i = 0; i < width; ++i) {
    for (std::size_t b = 0; b < replicates.size(); ++b) column[b] = replicates[b][i];
    errors[i] = jackknife_error(column);
  }
  return errors;
}

std::vector<Number> numbers(const std::vector<double>& values, const std::vector<double>& errors) {
  std::vector<Number> result(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) result[i] = {values[i], errors[i], kUndefined};
  return result;
}

bool splits(const BlockedSums& sums, std::size_t halving) {
  std::uint64_t showers[2] = {0, 0};
  for (std::size_t b = 0; b < kBlocks; ++b) showers[in_second_half(halving, b) ? 1 : 0] += sums.showers(b);
  return showers[0] > 0 && showers[1] > 0;
}

}  // namespace

BlockedSums::BlockedSums(std::size_t width) : width_(width), sums_(kBlocks * width, 0.0) {}

std::span<double> BlockedSums::add_shower(std::size_t block) noexcept {
  ++counts_[block];
  return std::span(sums_).subspan(block * width_, width_);
}

void BlockedSums::merge(const BlockedSums& other) noexcept {
  OCTOCAL_EXPECT(other.width_ == width_);
  for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
  for (std::size_t b = 0; b < kBlocks; ++b) counts_[b] += other.counts_[b];
}

std::uint64_t BlockedSums::showers() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

template <typename Keep>
std::vector<double> BlockedSums::mean_where(Keep keep) const {
  std::vector<double> mean(width_, 0.0);
  std::uint64_t showers = 0;
  for (std::size_t b = 0; b < kBlocks; ++b) {
    if (!keep(b) || counts_[b] == 0) continue;
    showers += counts_[b];
    const double* row = sums_.data() + b * width_;
    for (std::size_t i = 0; i < width_; ++i) mean[i] += row[i];
  }
  for (double& value : mean) value = showers == 0 ? kUndefined : value / static_cast<double>(showers);
  return mean;
}

std::vector<double> BlockedSums::mean() const {
  return mean_where([](std::size_t) { return true; });
}

std::vector<double> BlockedSums::mean_without(std::size_t block) const {
  return mean_where([block](std::size_t b) { return b != block; });
}

std::vector<double> BlockedSums::mean_of_half(std::size_t halving, int side) const {
  return mean_where([&](std::size_t b) { return in_second_half(halving, b) == (side == 1); });
}

std::vector<Number> estimate(const BlockedSums& sums, const Functional& f) {
  const std::vector<double> values = f(sums.mean());
  std::vector<std::vector<double>> replicates;
  for (std::size_t b = 0; b < kBlocks; ++b) {
    if (sums.showers(b) > 0) replicates.push_back(f(sums.mean_without(b)));
  }
  return numbers(values, jackknife_errors(replicates, values.size()));
}

std::vector<Number> estimate(const BlockedSums& a, const BlockedSums& b, bool paired, const PairFunctional& f) {
  const std::vector<double> mean_a = a.mean(), mean_b = b.mean();
  const std::vector<double> values = f(mean_a, mean_b);
  if (paired) {
    std::vector<std::vector<double>> replicates;
    for (std::size_t block = 0; block < kBlocks; ++block) {
      if (a.showers(block) > 0) replicates.push_back(f(a.mean_without(block), b.mean_without(block)));
    }
    return numbers(values, jackknife_errors(replicates, values.size()));
  }
  const auto from_a = estimate(a, [&](std::span<const double> mean) { return f(mean, mean_b); });
  const auto from_b = estimate(b, [&](std::span<const double> mean) { return f(mean_a, mean); });
  std::vector<double> errors(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) errors[i] = std::hypot(from_a[i].error, from_b[i].error);
  return numbers(values, errors);
}

std::vector<double> halving_rms(const BlockedSums& sums, const Functional& f) {
  auto squares = halving_mean(sums, [&](std::span<const double> a, std::span<const double> b) {
    std::vector<double> first = f(a);
    const std::vector<double> second = f(b);
    for (std::size_t i = 0; i < first.size(); ++i) first[i] = (first[i] - second[i]) * (first[i] - second[i]);
    return first;
  });
  for (double& value : squares) value = std::sqrt(value);
  return squares;
}

std::vector<double> halving_mean(const BlockedSums& sums, const PairFunctional& f) {
  std::vector<double> total(f(sums.mean(), sums.mean()).size(), 0.0);
  int halvings = 0;
  for (std::size_t h = 0; h < kHalvings; ++h) {
    if (!splits(sums, h)) continue;
    ++halvings;
    const std::vector<double> values = f(sums.mean_of_half(h, 0), sums.mean_of_half(h, 1));
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += values[i];
  }
  for (double& value : total) value = halvings == 0 ? kUndefined : value / halvings;
  return total;
}

}  // namespace octocal::physics
