// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/observable_sums.hpp"

#include <algorithm>
#include <boost/histogram.hpp>
#include <cmath>

#include "octocal/base/expect.hpp"

namespace octocal::physics {
namespace {

namespace bh = boost::histogram;
using Axis = bh::axis::regular<>;
using Counts = bh::histogram<std::tuple<Axis>, bh::dense_storage<double>>;

/// Sums of one feature in one energy bin; the bin behind the last holds showers outside the range.
enum Moment : std::size_t { kN, kE, kEE, kF, kEF, kFF, kMoments };
constexpr std::size_t kCells = kResponseBins + 1;

constexpr std::size_t place(std::size_t feature, std::size_t bin) noexcept {
  return (feature * kCells + bin) * kMoments;
}

}  // namespace

HistogramRanges histogram_ranges(const data::ShowerBatch& batch) {
  ShowerView view(batch.geometry);
  HistogramRanges ranges;
  for (auto& range : ranges) range = {HUGE_VAL, -HUGE_VAL};
  for (std::size_t i = 0; i < batch.size(); ++i) {
    view.look(batch.energy_gev[i], batch.shower(i));
    for (std::size_t f = 0; f < kFeatures; ++f) {
      const double value = view.feature(static_cast<Feature>(f));
      if (!std::isfinite(value)) continue;
      ranges[f].low = std::min(ranges[f].low, value);
      ranges[f].high = std::max(ranges[f].high, value);
    }
  }
  for (auto& range : ranges) {
    if (!(range.low <= range.high)) range = {0, 1};
    // A single value still needs an axis of some length.
    const double spare = std::max(0.1 * (range.high - range.low), 1e-3 * std::abs(range.high) + 1e-9);
    range.low -= spare;
    range.high += spare;
  }
  return ranges;
}

struct ObservableSums::Impl {
  EnergyRange range;
  BlockedSums moments{kFeatures * kCells * kMoments};
  std::vector<Counts> histograms;
};

ObservableSums::ObservableSums(const EnergyRange& range, const HistogramRanges& histograms)
    : impl_(std::make_unique<Impl>()) {
  impl_->range = range;
  for (const auto& [low, high] : histograms) {
    impl_->histograms.push_back(
        bh::make_histogram_with(bh::dense_storage<double>(), Axis(static_cast<unsigned>(kHistogramBins), low, high)));
  }
}
ObservableSums::~ObservableSums() = default;
ObservableSums::ObservableSums(const ObservableSums& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
ObservableSums::ObservableSums(ObservableSums&&) noexcept = default;

void ObservableSums::add(const ShowerView& shower, std::size_t block) {
  const std::span<double> row = impl_->moments.add_shower(block);
  const double energy = shower.energy_gev();
  const std::size_t bin = impl_->range.bin(energy, kResponseBins).value_or(kResponseBins);
  for (std::size_t f = 0; f < kFeatures; ++f) {
    const double value = shower.feature(static_cast<Feature>(f));
    if (!std::isfinite(value)) continue;
    impl_->histograms[f](value);
    double* const sums = &row[place(f, bin)];
    sums[kN] += 1;
    sums[kE] += energy;
    sums[kEE] += energy * energy;
    sums[kF] += value;
    sums[kEF] += energy * value;
    sums[kFF] += value * value;
  }
}

void ObservableSums::merge(const ObservableSums& other) {
  OCTOCAL_EXPECT(other.impl_->range == impl_->range);
  impl_->moments.merge(other.impl_->moments);
  for (std::size_t f = 0; f < kFeatures; ++f) impl_->histograms[f] += other.impl_->histograms[f];
}

const BlockedSums& ObservableSums::moments() const noexcept { return impl_->moments; }

Histogram ObservableSums::histogram(Feature feature) const {
  const Counts& counts = impl_->histograms[static_cast<std::size_t>(feature)];
  const auto& axis = counts.axis();
  Histogram result;
  for (int i = 0; i <= axis.size(); ++i) result.edges.push_back(axis.value(i));
  for (int i = 0; i < axis.size(); ++i) result.counts.push_back(counts.at(i));
  result.below = counts.at(-1);
  result.above = counts.at(axis.size());
  return result;
}

double ObservableSums::mean(std::span<const double> moments, Feature feature) noexcept {
  double n = 0, sum = 0;
  for (std::size_t bin = 0; bin < kCells; ++bin) {
    const double* const sums = &moments[place(static_cast<std::size_t>(feature), bin)];
    n += sums[kN];
    sum += sums[kF];
  }
  return n > 0 ? sum / n : kUndefined;
}

double ObservableSums::standard_deviation(std::span<const double> moments, Feature feature) noexcept {
  const double centre = mean(moments, feature);
  double n = 0, sum = 0;
  for (std::size_t bin = 0; bin < kCells; ++bin) {
    const double* const sums = &moments[place(static_cast<std::size_t>(feature), bin)];
    n += sums[kN];
    sum += sums[kFF] - 2 * centre * sums[kF] + centre * centre * sums[kN];
  }
  return n > 0 ? std::sqrt(std::max(0.0, sum / n)) : kUndefined;
}

double ObservableSums::spread(std::span<const double> moments, Feature feature) noexcept {
  double n = 0, sum = 0;
  for (std::size_t bin = 0; bin < kResponseBins; ++bin) {
    const double* const s = &moments[place(static_cast<std::size_t>(feature), bin)];
    if (!(s[kN] > 0)) continue;
    const double ee = s[kEE] - s[kE] * s[kE] / s[kN];
    const double ef = s[kEF] - s[kE] * s[kF] / s[kN];
    const double ff = s[kFF] - s[kF] * s[kF] / s[kN];
    // One energy only: rounding leaves a tiny ee, and no line can be drawn.
    const bool has_line = ee > 1e-9 * s[kEE];
    n += s[kN];
    sum += std::max(0.0, has_line ? ff - ef * ef / ee : ff);
  }
  return n > 0 ? std::sqrt(sum / n) : kUndefined;
}

}  // namespace octocal::physics
