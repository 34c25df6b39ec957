// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "octocal/data/shower_batch.hpp"
#include "octocal/physics/blocked_sums.hpp"

namespace octocal::physics {

/// The spectrum of single cells: 84 bins from 1e-6 to 10 GeV, twelve a decade. Narrow enough for what single particles
/// leave (0.16 to 0.2 MeV).
inline constexpr std::size_t kSpectrumBins = 84;
inline constexpr double kSpectrumLowGev = 1e-6, kSpectrumHighGev = 10;
/// Bins that are judged together, seven decades in twelve.
inline constexpr std::size_t kSpectrumBinsJudgedTogether = 7;

/// Edges of the bins (kSpectrumBins + 1), GeV.
const std::vector<double>& spectrum_edges_gev();

/// How single cells and their neighbours look, block by block: the spectrum of cells, and how much more often neighbours are hit
/// together than they would be independently of each other. With h = 1 for a hit (a cell above data::kHitThresholdGev), means
/// over showers, and pairs (a, b) of neighbours along an axis:
///
///     excess = sum_pairs <h_a h_b> / sum_pairs <h_a> <h_b>
///
/// 1 for hits that know nothing of each other; showers of different energies or depths alone make it larger. Cells from
/// 10 GeV on have a bin of their own, those below data::kCellThresholdGev none. One thread at a time; merge() joins.
/// Memory: 64 doubles a cell of the calorimeter.
class CellTexture {
 public:
  /// Of no shower yet.
  explicit CellTexture(const data::Geometry& geometry);

  /// Precondition: geometry.cells() values.
  void add(std::span<const float> cells_gev, std::size_t block);
  /// Adds the other's showers. Precondition: same geometry.
  void merge(const CellTexture& other) noexcept;

  /// Rows of kSpectrumBins + 1 counts of cells.
  const BlockedSums& spectrum() const noexcept { return spectrum_; }
  /// Rows of the hits of each cell (cells) and of pairs along x, y, z that begin in each layer (3, nz).
  const BlockedSums& neighbours() const noexcept { return neighbours_; }

 private:
  data::Geometry geometry_;
  BlockedSums spectrum_;
  BlockedSums neighbours_;
};

/// Excess along x, y, z of a mean row of CellTexture::neighbours(), then of each axis the pairs that begin in each layer (3,
/// nz). NaN where there are no pairs or no hits. A Functional for estimate().
std::vector<double> neighbour_excess(const data::Geometry& geometry, std::span<const double> neighbours);

}  // namespace octocal::physics
