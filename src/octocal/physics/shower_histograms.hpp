// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "octocal/data/shower_batch.hpp"
#include "octocal/physics/blocked_sums.hpp"
#include "octocal/physics/observable_sums.hpp"

namespace octocal::physics {

/// What CaloChallenge makes histograms of, a layer each: how a kind is called.
struct LayerKindInfo {
  const char* name;   ///< as in the JSON: "layer_energy"
  const char* label;  ///< for people: "energy of a layer"
};
/// Kinds of histograms that every layer has.
inline constexpr std::size_t kLayerKinds = 6;
/// Their names, in the order in which ShowerHistograms has them.
const LayerKindInfo& layer_kind_info(std::size_t kind) noexcept;

/// Bins of each histogram; three more hold what is below, what is above, and layers without energy.
inline constexpr std::size_t kLayerBins = 50;

/// Ranges of all histograms, the same for all samples of a comparison: ECAL/Ep, then kind by kind the layers.
using LayerRanges = std::vector<HistogramRange>;
/// Ranges that hold every shower of the batch with a tenth of the range to spare on either side.
LayerRanges layer_ranges(const data::ShowerBatch& batch);

/// The histogram of one kind and layer.
struct LayerHistogram {
  double low = 0, high = 0;           ///< edges: kLayerBins equal bins between them
  std::vector<std::uint64_t> counts;  ///< showers in each bin
  std::uint64_t below = 0;            ///< showers below the first bin
  std::uint64_t above = 0;            ///< showers above the last bin
  std::uint64_t empty = 0;            ///< showers whose layer has no energy
};

/// Histograms of showers, block by block:
///
///     ECAL/Ep · of each layer k: log10(E_k/Ep), centres of x and y, widths of x and y (in cells, weighted by energy),
///     share of its cells that have energy
///
/// Cells below data::kCellThresholdGev count as zero. One thread at a time; merge() joins.
class ShowerHistograms {
 public:
  /// No showers yet. Precondition: ranges of this geometry.
  ShowerHistograms(const data::Geometry& geometry, LayerRanges ranges);

  /// Precondition: geometry.cells() values.
  void add(float energy_gev, std::span<const float> cells_gev, std::size_t block);
  /// Precondition: same ranges.
  void merge(const ShowerHistograms& other) noexcept;

  /// Rows of (1 + kLayerKinds nz, kLayerBins + 3) counts.
  const BlockedSums& counts() const noexcept { return counts_; }

  /// All layers' histograms of all showers: (kLayerKinds, nz).
  std::vector<LayerHistogram> of_layers() const;

 private:
  data::Geometry geometry_;
  LayerRanges ranges_;
  BlockedSums counts_;
};

/// Separation power of two histograms, as CaloChallenge has it (triangular discrimination, Diefenbacher et al.,
/// arXiv:2009.03796, eq. 15), of shares p, q of either's entries:
///
///     s = 1/2 sum_bins (p - q)^2 / (p + q)                     0: the same, 1: nothing in common
///
/// NaN if either is empty. Precondition: as many bins of either.
double separation_power(std::span<const double> a, std::span<const double> b) noexcept;

/// Separation power of two mean rows of ShowerHistograms: of ECAL/Ep, of each kind the mean over layers, then, kind by
/// kind, every layer. A PairFunctional for estimate().
std::vector<double> separation_numbers(std::size_t nz, std::span<const double> a, std::span<const double> b);

}  // namespace octocal::physics
