#include "octocal/physics/nearest_showers.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace octocal::physics {
namespace {

/// Set showers that are looked at together: one cache line of floats a cell.
constexpr std::size_t kAtOnce = 16;
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

/// Products of a query with all columns. The loop over columns is the one that becomes vectors.
void products(std::span<const std::uint32_t> cells, std::span<const float> values, const float* dense,
              std::array<float, kAtOnce>& sums) noexcept {
  sums.fill(0);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const float value = values[i];
    const float* const row = dense + cells[i] * kAtOnce;
    for (std::size_t k = 0; k < kAtOnce; ++k) sums[k] += value * row[k];
  }
}

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

}  // namespace

ShowerPoints::ShowerPoints(const data::Geometry& geometry, std::size_t most) : geometry_(geometry), most_(most) {}

void ShowerPoints::add(const data::ShowerBatch& batch) {
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
  std::vector<Neighbour> nearest(queries.size());
  std::vector<double> best(queries.size(), std::numeric_limits<double>::infinity());
  Columns columns(set.geometry().cells());
  std::array<float, kAtOnce> sums{};
  for (unsigned orientation = 0; orientation < orientations_of(set.geometry()); ++orientation) {
    const auto target = targets(set.geometry(), orientation);
    for (std::size_t first = 0; first < set.size(); first += kAtOnce) {
      const std::size_t count = std::min(kAtOnce, set.size() - first);
      columns.fill(set, first, count, target);
      for (std::size_t q = 0; q < queries.size(); ++q) {
        const auto cells = queries.cells(q);
        const auto values = queries.values(q);
        products(cells, values, columns.dense.data(), sums);
        for (std::size_t k = 0; k < count; ++k) {
          if (exclude_self && first + k == q) continue;
          const double squares = queries.square(q) + set.square(first + k);
          if (squares * (1 - kSlack) - 2 * static_cast<double>(sums[k]) >= best[q]) continue;
          const double square = exact_square(cells, values, columns.dense.data(), k, set.square(first + k));
          if (square >= best[q]) continue;
          best[q] = square;
          nearest[q] = {first + k, std::sqrt(square)};
        }
      }
    }
  }
  return nearest;
}

}  // namespace octocal::physics
