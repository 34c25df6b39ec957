// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/nearest_showers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <future>

#include "octocal/base/expect.hpp"
#include "octocal/base/machine.hpp"

namespace octocal::physics {
namespace {

/// Set showers that are looked at together: one cache line of floats a cell.
constexpr std::size_t kAtOnce = 16;
/// Four floats that are computed together (every processor has them): left to itself, GCC 12 keeps the sums in memory.
using Quad = float __attribute__((vector_size(16)));
constexpr std::size_t kQuads = kAtOnce / 4;
/// More threads than this wait for memory.
constexpr std::size_t kMostThreads = 16;
/// Cells of a tile: 32 kB of Columns.
constexpr std::size_t kTile = 512;
/// Slack of the comparison in float32, relative to the squares of both showers: sums of 2,000 products are good to
/// some 1e-5 at worst.
constexpr double kSlack = 1e-5;

/// Some showers of the set in one orientation, dense: row = cell, column = shower.
struct Columns {
  explicit Columns(std::size_t cells) : dense(cells * kAtOnce, 0.0F) {}

  void fill(const ShowerPoints& set, std::size_t first, std::size_t count, std::span<const std::uint32_t> target) {
    std::fill(dense.begin(), dense.end(), 0.0F);
    for (std::size_t k = 0; k < count; ++k) {
      const auto cells = set.cells(first + k);
      const auto values = set.values(first + k);
      for (std::size_t i = 0; i < cells.size(); ++i) dense[target[cells[i]] * kAtOnce + k] = values[i];
    }
  }

  std::vector<float> dense;
};

/// Where each cell of a shower goes in an orientation.
std::vector<std::uint32_t> targets(const data::Geometry& g, unsigned orientation) {
  std::vector<std::uint32_t> target(g.cells());
  for (std::size_t x = 0; x < g.nx; ++x) {
    for (std::size_t y = 0; y < g.ny; ++y) {
      const std::size_t place = oriented(x, y, g, orientation);
      for (std::size_t z = 0; z < g.nz; ++z) {
        target[(x * g.ny + y) * g.nz + z] = static_cast<std::uint32_t>(place * g.nz + z);
      }
    }
  }
  return target;
}

/// The queries' cells, sorted by tiles of the cells: while all queries go through a tile, the tile's rows of Columns
/// stay in the cache next to the core.
class TiledQueries {
 public:
  TiledQueries(const ShowerPoints& queries, std::size_t begin, std::size_t end) : queries_(end - begin) {
    const std::size_t tiles = (queries.geometry().cells() + kTile - 1) / kTile;
    std::vector<std::size_t> at(queries_, 0);
    for (std::size_t tile = 0; tile < tiles; ++tile) {
      for (std::size_t q = 0; q < queries_; ++q) {
        first_.push_back(cell_.size());
        const auto cells = queries.cells(begin + q);
        const auto values = queries.values(begin + q);
        for (; at[q] < cells.size() && cells[at[q]] < (tile + 1) * kTile; ++at[q]) {
          cell_.push_back(cells[at[q]]);
          value_.push_back(values[at[q]]);
        }
      }
    }
    first_.push_back(cell_.size());
  }

  /// Products of every query with every column: sums (queries, kAtOnce).
  void products(const Columns& columns, std::vector<float>& sums) const {
    sums.assign(queries_ * kAtOnce, 0.0F);
    for (std::size_t segment = 0; segment + 1 < first_.size(); ++segment) {
      float* const out = &sums[segment % queries_ * kAtOnce];
      Quad sum[kQuads];
      std::memcpy(sum, out, sizeof(sum));
      for (std::size_t i = first_[segment]; i < first_[segment + 1]; ++i) {
        const Quad value = Quad{} + value_[i];
        Quad row[kQuads];
        std::memcpy(row, columns.dense.data() + cell_[i] * kAtOnce, sizeof(row));
        for (std::size_t k = 0; k < kQuads; ++k) sum[k] += value * row[k];
      }
      std::memcpy(out, sum, sizeof(sum));
    }
  }

 private:
  std::size_t queries_;
  std::vector<std::size_t> first_;  ///< (tiles, queries), and the end
  std::vector<std::uint32_t> cell_;
  std::vector<float> value_;
};

/// In double: over the query's cells (u - b)^2 - b^2, and b^2 of all cells of the other.
double exact_square(std::span<const std::uint32_t> cells, std::span<const float> values, const float* dense,
                    std::size_t column, double square_of_other) noexcept {
  double inside = 0, left = square_of_other;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto a = static_cast<double>(values[i]), b = static_cast<double>(dense[cells[i] * kAtOnce + column]);
    inside += (a - b) * (a - b);
    left -= b * b;
  }
  // What rounding leaves where the other has no further cells is no distance.
  return inside + (left > 1e-12 * square_of_other ? left : 0.0);
}

/// The nearest showers of queries begin to end - 1.
void search(const ShowerPoints& queries, std::size_t begin, std::size_t end, const ShowerPoints& set, bool exclude_self,
            std::span<Neighbour> nearest) {
  std::vector<double> best(end - begin, std::numeric_limits<double>::infinity());
  Columns columns(set.geometry().cells());
  const TiledQueries tiled(queries, begin, end);
  std::vector<float> sums;
  for (unsigned orientation = 0; orientation < orientations_of(set.geometry()); ++orientation) {
    const auto target = targets(set.geometry(), orientation);
    for (std::size_t first = 0; first < set.size(); first += kAtOnce) {
      const std::size_t count = std::min(kAtOnce, set.size() - first);
      columns.fill(set, first, count, target);
      tiled.products(columns, sums);
      for (std::size_t q = begin; q < end; ++q) {
        for (std::size_t k = 0; k < count; ++k) {
          if (exclude_self && first + k == q) continue;
          const double squares = queries.square(q) + set.square(first + k);
          const auto product = static_cast<double>(sums[(q - begin) * kAtOnce + k]);
          if (squares * (1 - kSlack) - 2 * product >= best[q - begin]) continue;
          const double square =
              exact_square(queries.cells(q), queries.values(q), columns.dense.data(), k, set.square(first + k));
          if (square >= best[q - begin]) continue;
          best[q - begin] = square;
          nearest[q - begin] = {first + k, std::sqrt(square)};
        }
      }
    }
  }
}

}  // namespace

ShowerPoints::ShowerPoints(const data::Geometry& geometry, std::size_t most) : geometry_(geometry), most_(most) {}

void ShowerPoints::add(const data::ShowerBatch& batch) {
  OCTOCAL_EXPECT(batch.geometry == geometry_);
  for (std::size_t i = 0; i < batch.size() && size() < most_; ++i) {
    const auto shower = batch.shower(i);
    double square = 0;
    for (std::size_t k = 0; k < shower.size(); ++k) {
      if (shower[k] < data::kCellThresholdGev) continue;
      const float u = std::sqrt(shower[k] / batch.energy_gev[i]);
      cell_.push_back(static_cast<std::uint32_t>(k));
      value_.push_back(u);
      square += static_cast<double>(u) * static_cast<double>(u);
    }
    first_.push_back(cell_.size());
    square_.push_back(square);
  }
}

std::vector<Neighbour> nearest_showers(const ShowerPoints& queries, const ShowerPoints& set, bool exclude_self) {
  OCTOCAL_EXPECT(queries.geometry() == set.geometry());
  std::vector<Neighbour> nearest(queries.size());
  const std::size_t threads = std::clamp<std::size_t>(static_cast<std::size_t>(usable_cores()), 1, kMostThreads);
  const std::size_t share = (queries.size() + threads - 1) / threads;
  std::vector<std::future<void>> parts;
  for (std::size_t begin = 0; begin < queries.size(); begin += share) {
    const std::size_t end = std::min(begin + share, queries.size());
    parts.push_back(std::async(std::launch::async, [&, begin, end] {
      search(queries, begin, end, set, exclude_self, std::span(nearest).subspan(begin, end - begin));
    }));
  }
  for (auto& part : parts) part.get();
  return nearest;
}

}  // namespace octocal::physics
