// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "octocal/data/shower_batch.hpp"

namespace octocal::physics {

/// The mean shower I[x,y,z] of a sample, cell by cell, in double, with the error of the mean of each cell:
///
///     error^2 = (mean of squares - square of mean) / (n - 1)
///
/// Here errors are propagated, not jackknifed: a cell's mean is a plain mean. They hold the spread of primary energies.
/// Cells below data::kCellThresholdGev count as zero. One thread at a time; merge() joins.
class MeanImage {
 public:
  /// Of no shower yet.
  explicit MeanImage(const data::Geometry& geometry);

  /// Precondition: geometry.cells() values.
  void add(std::span<const float> cells_gev) noexcept;
  /// Adds the other's showers. Precondition: same geometry.
  void merge(const MeanImage& other) noexcept;

  std::uint64_t showers() const noexcept { return showers_; }  ///< that were added
  std::vector<double> mean_gev() const;                        ///< (nx, ny, nz), C order; NaN without showers
  std::vector<double> error_gev() const;                       ///< the same shape; NaN for fewer than two showers

 private:
  std::uint64_t showers_ = 0;
  std::vector<double> sum_;
  std::vector<double> squares_;
};

}  // namespace octocal::physics
