// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>

#include "octocal/data/shower_batch.hpp"
#include "octocal/physics/blocked_sums.hpp"
#include "octocal/physics/number.hpp"

namespace octocal::physics {

/// Table 5 of the paper: how far two models are apart when they are given the same latents.
///
///     d_i = sum_cells |A_i - B_i|   per shower i, GeV
///     mean = mean_i d_i,  std = sqrt(mean_i d_i^2 - mean^2),  relative_to_ecal = mean_i d_i / mean_i ECAL(B_i)
struct Table5 {
  std::uint64_t showers = 0;    ///< pairs
  Number mean_gev;              ///< mean of d
  Number std_gev;               ///< standard deviation of d over showers
  Number relative_to_ecal;      ///< mean of d over the mean ECAL of B
  double largest_cell_gev = 0;  ///< largest |A - B| of any cell
  double differing_cells = 0;   ///< share of cells that differ at all
};

/// Sums table 5 over pairs of batches. Memory does not depend on the number of showers. One thread at a time.
class PixelDifference {
 public:
  PixelDifference();

  /// Adds shower pairs: `base` is B above (the float32 model). Cells below data::kCellThresholdGev count as zero.
  /// Errors: bad_input if sizes or geometries differ.
  void add(const data::ShowerBatch& batch, const data::ShowerBatch& base, std::span<const std::uint8_t> blocks);
  /// Adds the other's pairs.
  void merge(const PixelDifference& other) noexcept;

  /// Table 5 of all pairs so far; NaN where there are none.
  Table5 table() const;

 private:
  BlockedSums sums_;  ///< d, d^2, ECAL of base
  double largest_cell_gev_ = 0;
  std::uint64_t differing_cells_ = 0;
  std::uint64_t cells_ = 0;
};

}  // namespace octocal::physics
