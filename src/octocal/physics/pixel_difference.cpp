// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/pixel_difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "octocal/base/error.hpp"

namespace octocal::physics {
namespace {

double counted(float cell) noexcept { return cell < data::kCellThresholdGev ? 0.0 : static_cast<double>(cell); }

}  // namespace

PixelDifference::PixelDifference() : sums_(3) {}

void PixelDifference::add(const data::ShowerBatch& batch, const data::ShowerBatch& base,
                          std::span<const std::uint8_t> blocks) {
  if (batch.size() != base.size() || !(batch.geometry == base.geometry)) {
    throw bad_input(
        fmt::format("{} showers of {} cells against {} of {} (a difference cell by cell needs pairs of the "
                    "same geometry); compare samples made from the same latents",
                    batch.size(), batch.geometry.cells(), base.size(), base.geometry.cells()));
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto a = batch.shower(i), b = base.shower(i);
    double distance = 0, ecal = 0, largest = 0;
    std::uint64_t differing = 0;
    for (std::size_t k = 0; k < a.size(); ++k) {
      const double cell = counted(b[k]);
      const double difference = std::abs(counted(a[k]) - cell);
      distance += difference;
      ecal += cell;
      largest = std::max(largest, difference);
      differing += difference > 0 ? 1 : 0;
    }
    const auto row = sums_.add_shower(blocks[i]);
    row[0] += distance;
    row[1] += distance * distance;
    row[2] += ecal;
    largest_cell_gev_ = std::max(largest_cell_gev_, largest);
    differing_cells_ += differing;
    cells_ += a.size();
  }
}

void PixelDifference::merge(const PixelDifference& other) noexcept {
  sums_.merge(other.sums_);
  largest_cell_gev_ = std::max(largest_cell_gev_, other.largest_cell_gev_);
  differing_cells_ += other.differing_cells_;
  cells_ += other.cells_;
}

Table5 PixelDifference::table() const {
  const auto numbers = estimate(sums_, [](std::span<const double> mean) {
    return std::vector<double>{mean[0], std::sqrt(std::max(0.0, mean[1] - mean[0] * mean[0])), mean[0] / mean[2]};
  });
  Table5 table;
  table.showers = sums_.showers();
  table.mean_gev = numbers[0];
  table.std_gev = numbers[1];
  table.relative_to_ecal = numbers[2];
  table.largest_cell_gev = largest_cell_gev_;
  table.differing_cells =
      cells_ == 0 ? kUndefined : static_cast<double>(differing_cells_) / static_cast<double>(cells_);
  return table;
}

}  // namespace octocal::physics
