// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "octocal/data/shower_batch.hpp"
#include "octocal/physics/boosted_trees.hpp"

namespace octocal::physics {

/// Upper ends of the bands of cell energy that CellNumbers counts in, GeV; the first begins at 1e-6, the last has no end.
/// Fine around what single particles leave (0.16 to 0.2 MeV).
inline constexpr float kCellBands[] = {3e-6F, 1e-5F, 3e-5F, 1e-4F, 1.3e-4F, 1.6e-4F, 2e-4F, 3e-4F,
                                       5e-4F, 1e-3F, 2e-3F, 5e-3F, 1e-2F,   3e-2F,   0.1F,  0.3F};
/// Thresholds of the pairs of neighbouring hits, GeV.
inline constexpr float kPairThresholds[] = {1e-5F, 1e-4F, 1e-3F};

/// Simple numbers of a shower's cells, a row a shower: what a person would look at to tell cells from Geant4's.
///
///     cells in each of 17 bands of energy · hits and energy/Ep in five rings around the middle of x and y ·
///     hits in ten equal groups of layers · pairs of neighbours along x and z that are both above a threshold, three
///     thresholds · mean |step of log energy| of neighbouring hits along z · largest cell/Ep · hits in the outermost
///     row or column of each of the four sides · Ep
///
/// A hit is a cell above 1e-4 GeV, a ring is a fifth of the way from the middle to the nearer border (square rings).
/// Stops taking showers when it has `most`. One thread at a time.
class CellNumbers {
 public:
  /// No showers yet.
  CellNumbers(const data::Geometry& geometry, std::size_t most);

  /// Adds a row for each shower. Precondition: the geometry of the constructor.
  void add(const data::ShowerBatch& batch);
  const FeatureTable& table() const noexcept { return table_; }   ///< (showers, numbers above)
  std::size_t showers() const noexcept { return table_.rows(); }  ///< that were added

 private:
  data::Geometry geometry_;
  std::vector<std::size_t> ring_;  ///< of each column (x, y)
  std::size_t most_;
  FeatureTable table_;
};

}  // namespace octocal::physics
