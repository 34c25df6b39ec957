// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/mean_image.hpp"

#include <algorithm>
#include <cmath>

#include "octocal/base/expect.hpp"
#include "octocal/physics/number.hpp"

namespace octocal::physics {

MeanImage::MeanImage(const data::Geometry& geometry) : sum_(geometry.cells()), squares_(geometry.cells()) {}

void MeanImage::add(std::span<const float> cells_gev) noexcept {
  OCTOCAL_EXPECT(cells_gev.size() == sum_.size());
  ++showers_;
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    const double cell = cells_gev[i] < data::kCellThresholdGev ? 0.0 : static_cast<double>(cells_gev[i]);
    sum_[i] += cell;
    squares_[i] += cell * cell;
  }
}

void MeanImage::merge(const MeanImage& other) noexcept {
  showers_ += other.showers_;
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    sum_[i] += other.sum_[i];
    squares_[i] += other.squares_[i];
  }
}

std::vector<double> MeanImage::mean_gev() const {
  std::vector<double> mean(sum_.size(), kUndefined);
  if (showers_ == 0) return mean;
  for (std::size_t i = 0; i < sum_.size(); ++i) mean[i] = sum_[i] / static_cast<double>(showers_);
  return mean;
}

std::vector<double> MeanImage::error_gev() const {
  std::vector<double> error(sum_.size(), kUndefined);
  if (showers_ < 2) return error;
  const auto n = static_cast<double>(showers_);
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    const double mean = sum_[i] / n;
    error[i] = std::sqrt(std::max(0.0, squares_[i] / n - mean * mean) / (n - 1));
  }
  return error;
}

}  // namespace octocal::physics
