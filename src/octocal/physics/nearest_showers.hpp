// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "octocal/data/shower_batch.hpp"

namespace octocal::physics {

/// Showers as points: u = sqrt(E_cell/Ep) of every cell, those above zero only (one cell in nine of a shower).
///
///     distance^2(a, b) = sum_cells (sqrt(E_a/Ep_a) - sqrt(E_b/Ep_b))^2
///
/// The square root makes the fluctuations of large and small cells alike (they grow with the square root of the
/// energy), so that neither the core nor the halo alone decides; Ep takes the size of the shower out. The distance
/// between showers that share no cell is sqrt(ECAL_a/Ep_a + ECAL_b/Ep_b), about 0.24.
/// Memory: 8 bytes a cell above zero, 14 kB a shower. One thread at a time.
class ShowerPoints {
 public:
  /// No showers yet; add() stops at `most`.
  explicit ShowerPoints(const data::Geometry& geometry, std::size_t most = std::numeric_limits<std::size_t>::max());

  /// Adds showers until there are `most`. Cells below data::kCellThresholdGev count as zero.
  /// Precondition: the geometry of the constructor.
  void add(const data::ShowerBatch& batch);

  const data::Geometry& geometry() const noexcept { return geometry_; }  ///< of every shower
  std::size_t size() const noexcept { return first_.size() - 1; }        ///< showers
  /// Cells above zero of shower i, as (x ny + y) nz + z, rising.
  std::span<const std::uint32_t> cells(std::size_t i) const noexcept {
    return std::span(cell_).subspan(first_[i], first_[i + 1] - first_[i]);
  }
  /// u of each of cells(i).
  std::span<const float> values(std::size_t i) const noexcept {
    return std::span(value_).subspan(first_[i], first_[i + 1] - first_[i]);
  }
  double square(std::size_t i) const noexcept { return square_[i]; }  ///< sum of u^2

 private:
  data::Geometry geometry_;
  std::size_t most_;
  std::vector<std::size_t> first_{0};
  std::vector<std::uint32_t> cell_;  ///< (x ny + y) nz + z, rising within a shower
  std::vector<float> value_;
  std::vector<double> square_;
};

/// The nearest shower of a set.
struct Neighbour {
  std::size_t shower = 0;                                     ///< its number in the set
  double distance = std::numeric_limits<double>::infinity();  ///< as above; infinite: the set is empty
};

/// For every query its nearest shower of the set, in all orientations (turns and flips in x, y: training may have shown
/// it in any of them): eight, or four where nx and ny differ. With `exclude_self` shower i of the set is no neighbour
/// of query i (queries and set are the same sample).
///
/// All pairs are looked at: 16 set showers at a time as dense columns, of which only the query's cells are read, in
/// float32; every candidate is then measured again in double, so that equal showers are at a distance of exactly 0
/// and the result is the same on every machine, with any number of threads (one a usable core). 1,000 x 1,000 showers
/// in eight orientations take some five seconds of one core.
/// Precondition: the same geometry. An empty set leaves every distance infinite.
std::vector<Neighbour> nearest_showers(const ShowerPoints& queries, const ShowerPoints& set, bool exclude_self);

/// How many orientations nearest_showers() looks at.
inline unsigned orientations_of(const data::Geometry& geometry) noexcept { return geometry.nx == geometry.ny ? 8 : 4; }

/// Where cell (x, y), as x ny + y, goes in orientation 0 (as it is) to 7: bit 0 flips x, bit 1 flips y, bit 2 swaps x
/// and y afterwards (nx = ny).
constexpr std::size_t oriented(std::size_t x, std::size_t y, const data::Geometry& g, unsigned orientation) noexcept {
  if ((orientation & 1U) != 0) x = g.nx - 1 - x;
  if ((orientation & 2U) != 0) y = g.ny - 1 - y;
  return (orientation & 4U) != 0 ? y * g.ny + x : x * g.ny + y;
}

}  // namespace octocal::physics
