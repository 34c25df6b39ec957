// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/ranges.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "octocal/base/expect.hpp"

namespace octocal::quant {
namespace {

constexpr int kShares = 128;  // ends of a range that are tried, on either side

/// Sums of 1, x and x^2 over the bins before each bin, so that clipping costs nothing to sum up.
class Moments {
 public:
  explicit Moments(const Histogram& histogram) : low_(histogram.range().low), width_(histogram.width()) {
    sums_.push_back({});
    for (std::size_t bin = 0; bin < histogram.counts().size(); ++bin) {
      const auto n = static_cast<double>(histogram.counts()[bin]);
      const double x = histogram.centre(bin);
      const auto& before = sums_.back();
      sums_.push_back({before.n + n, before.x + n * x, before.xx + n * x * x});
    }
  }

  double squared_error(const Range& range, double step) const {
    const double low = static_cast<double>(range.low);
    const double high = static_cast<double>(range.high);
    const auto below = sums_[bins_below(low)];
    const auto within = sums_[bins_below(high)];
    const auto& all = sums_.back();
    const double under = below.xx - 2 * low * below.x + low * low * below.n;
    const double over = (all.xx - within.xx) - 2 * high * (all.x - within.x) + high * high * (all.n - within.n);
    return std::max(0.0, under) + std::max(0.0, over) + (within.n - below.n) * step * step / 12;
  }

 private:
  struct Sums {
    double n = 0, x = 0, xx = 0;
  };

  /// Bins whose middle lies below x.
  std::size_t bins_below(double x) const {
    const double bins = std::ceil((x - low_) / width_ - 0.5);
    return static_cast<std::size_t>(std::clamp(bins, 0.0, static_cast<double>(sums_.size() - 1)));
  }

  double low_;
  double width_;
  std::vector<Sums> sums_;
};

double step_of(const Range& range, ActivationScheme scheme) {
  return static_cast<double>(activation_grid(range, scheme).scale);
}

/// What a symmetric grid really spans.
Range spanned(const Range& range, ActivationScheme scheme) {
  if (scheme == ActivationScheme::kU8) return range;
  const float most = std::max(-range.low, range.high);
  return {-most, most};
}

/// Counts of |x| in bins from 0 to the larger end.
std::vector<double> magnitudes(const Histogram& histogram, double largest, std::size_t bins) {
  std::vector<double> counts(bins, 0);
  counts[0] = static_cast<double>(histogram.zeros());
  for (std::size_t bin = 0; bin < histogram.counts().size(); ++bin) {
    const auto at = static_cast<std::size_t>(std::abs(histogram.centre(bin)) / largest * static_cast<double>(bins));
    counts[std::min(at, bins - 1)] += static_cast<double>(histogram.counts()[bin]);
  }
  return counts;
}

/// Moves 0.0001 from each full bin to the empty ones; false if that leaves a bin without anything.
bool fill_empty_bins(std::vector<double>& counts) {
  constexpr double kMoved = 1e-4;
  const auto empty = static_cast<double>(std::count(counts.begin(), counts.end(), 0.0));
  const double full = static_cast<double>(counts.size()) - empty;
  if (full == 0) return false;
  const double taken = kMoved * empty / full;
  for (double& count : counts) {
    if (count != 0 && count <= taken) return false;
    count += count == 0 ? kMoved : -taken;
  }
  return true;
}

double divergence(const std::vector<double>& p, const std::vector<double>& q) {
  const double p_sum = std::accumulate(p.begin(), p.end(), 0.0);
  const double q_sum = std::accumulate(q.begin(), q.end(), 0.0);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += p[i] / p_sum * std::log(p[i] / p_sum / (q[i] / q_sum));
  return sum;
}

/// Each of `levels` runs of bins as its mean over the bins that are not empty in p.
std::vector<double> levelled(std::span<const double> counts, const std::vector<double>& p, std::size_t levels) {
  std::vector<double> q(counts.size(), 0);
  const std::size_t run = counts.size() / levels;
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t first = level * run;
    const std::size_t end = level + 1 == levels ? counts.size() : first + run;  // the last takes what is left
    double sum = 0;
    double full = 0;
    for (std::size_t i = first; i < end; ++i) {
      sum += counts[i];
      full += p[i] != 0 ? 1 : 0;
    }
    for (std::size_t i = first; i < end; ++i)
      if (p[i] != 0) q[i] = sum / full;
  }
  return q;
}

}  // namespace

const char* name_of(RangeMethod method) noexcept {
  switch (method) {
    case RangeMethod::kMinMax:
      return "min-max";
    case RangeMethod::kMovingAverage:
      return "moving-average";
    case RangeMethod::kPercentile:
      return "percentile";
    case RangeMethod::kEntropy:
      return "entropy";
    case RangeMethod::kMse:
      return "mse";
    case RangeMethod::kCells:
      return "cells";
  }
  return "min-max";
}

Range percentile_range(const Histogram& histogram, double percentile) {
  OCTOCAL_EXPECT(percentile > 0 && percentile <= 100);
  const auto& counts = histogram.counts();
  const double all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), histogram.zeros()));
  const double outside = all * (100 - percentile) / 200;
  Range range{0, 0};  // zeros lie within, so neither end passes zero
  double below = 0;
  for (std::size_t bin = 0; bin < counts.size() && histogram.edge(bin) < 0; ++bin) {
    below += static_cast<double>(counts[bin]);
    if (below <= outside) continue;
    range.low = static_cast<float>(histogram.edge(bin));
    break;
  }
  double above = 0;
  for (std::size_t bin = counts.size(); bin-- > 0 && histogram.edge(bin + 1) > 0;) {
    above += static_cast<double>(counts[bin]);
    if (above <= outside) continue;
    range.high = bin + 1 == counts.size() ? histogram.range().high : static_cast<float>(histogram.edge(bin + 1));
    break;
  }
  return range;
}

double squared_error(const Histogram& histogram, const Range& range, ActivationScheme scheme) {
  return Moments(histogram).squared_error(spanned(range, scheme), step_of(range, scheme));
}

Range least_squares_range(const Histogram& histogram, ActivationScheme scheme) {
  const auto whole = histogram.range();
  if (!(whole.high > whole.low)) return whole;
  const Moments moments(histogram);
  Range best = whole;
  double least = std::numeric_limits<double>::infinity();
  const auto consider = [&](const Range& range) {
    const double error = moments.squared_error(spanned(range, scheme), step_of(range, scheme));
    if (error < least) least = error, best = range;
  };
  const auto share = [](float end, int k) { return end * (static_cast<float>(k) / kShares); };
  // From the whole range inwards: of equals the wider one.
  for (int high = kShares; high > 0; --high) {
    if (scheme == ActivationScheme::kS8) {
      const float most = share(std::max(-whole.low, whole.high), high);
      consider({std::max(-most, whole.low), std::min(most, whole.high)});
      continue;
    }
    for (int low = kShares; low > 0; --low) {
      consider({share(whole.low, low), share(whole.high, high)});
      if (whole.low == 0) break;
    }
    if (whole.high == 0) break;
  }
  return best;
}

Range entropy_range(const Histogram& histogram) {
  constexpr std::size_t kBins = 2048;
  constexpr std::size_t kLevels = 128;
  const auto whole = histogram.range();
  const double largest = static_cast<double>(std::max(-whole.low, whole.high));
  if (!(largest > 0)) return whole;
  const auto counts = magnitudes(histogram, largest, kBins);
  double beyond = std::accumulate(counts.begin() + kLevels, counts.end(), 0.0);
  double least = std::numeric_limits<double>::infinity();
  std::size_t best = kBins;
  for (std::size_t bins = kLevels; bins <= kBins; ++bins) {
    std::vector<double> p(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(bins));
    p.back() += beyond;
    auto q = levelled(std::span(counts).first(bins), p, kLevels);
    if (bins < kBins) beyond -= counts[bins];
    if (!fill_empty_bins(p) || !fill_empty_bins(q)) continue;
    const double kl = divergence(p, q);
    if (kl < least) least = kl, best = bins;
  }
  const auto threshold = static_cast<float>(largest * static_cast<double>(best) / kBins);
  return {std::max(whole.low, -threshold), std::min(whole.high, threshold)};
}

}  // namespace octocal::quant
