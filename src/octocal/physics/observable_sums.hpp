// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <memory>
#include <vector>

#include "octocal/physics/blocked_sums.hpp"
#include "octocal/physics/energy_range.hpp"
#include "octocal/physics/shower_features.hpp"

namespace octocal::physics {

/// Range of each feature's histogram, so that all samples of a comparison share their bins.
struct HistogramRange {
  double low = 0;
  double high = 1;

  bool operator==(const HistogramRange&) const = default;
};
using HistogramRanges = std::array<HistogramRange, kFeatures>;
inline constexpr std::size_t kHistogramBins = 60;

/// Ranges that hold every shower of the batch with a tenth of the range to spare on either side.
HistogramRanges histogram_ranges(const data::ShowerBatch& batch);

/// A histogram of equal bins, as plain numbers.
struct Histogram {
  std::vector<double> edges;   ///< (bins + 1)
  std::vector<double> counts;  ///< (bins)
  double below = 0;
  double above = 0;
};

/// Mean, standard deviation and spread of every feature, and its histogram (Boost.Histogram).
///
/// The spread is what is left at fixed energy: within each of the ten energy bins the residual around a straight line
/// in Ep, pooled over the bins: spread^2 = sum_bins (S_ff - S_ef^2/S_ee) / sum_bins n. Without the line, a bin of 40
/// GeV would show the growth of the number of hits with Ep rather than its fluctuations.
class ObservableSums {
 public:
  ObservableSums(const EnergyRange& range, const HistogramRanges& histograms);
  ~ObservableSums();
  ObservableSums(const ObservableSums&);
  ObservableSums(ObservableSums&&) noexcept;

  /// Showers outside the energy range count in means and histograms, not in spreads; NaN features count nowhere.
  void add(const ShowerView& shower, std::size_t block);
  /// Precondition: same ranges.
  void merge(const ObservableSums& other);

  const BlockedSums& moments() const noexcept;
  Histogram histogram(Feature feature) const;

  /// From moments().mean() or a part of it.
  static double mean(std::span<const double> moments, Feature feature) noexcept;
  static double standard_deviation(std::span<const double> moments, Feature feature) noexcept;
  static double spread(std::span<const double> moments, Feature feature) noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace octocal::physics
