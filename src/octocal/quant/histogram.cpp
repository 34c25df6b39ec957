// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/histogram.hpp"

#include <algorithm>
#include <cmath>

#include "octocal/base/expect.hpp"

namespace octocal::quant {

Histogram::Histogram(Range range, std::size_t bins) : range_(range), counts_(bins, 0) {
  OCTOCAL_EXPECT(bins > 0 && std::isfinite(range.low) && std::isfinite(range.high));
  range_.include({0, 0});
  width_ = (static_cast<double>(range_.high) - static_cast<double>(range_.low)) / static_cast<double>(bins);
}

void Histogram::observe(std::span<const float> numbers) noexcept {
  if (width_ <= 0) {
    zeros_ += numbers.size();
    return;
  }
  const auto per_bin = static_cast<float>(1 / width_);
  const auto last = static_cast<float>(counts_.size() - 1);
  for (const float x : numbers) {
    if (x == 0)
      ++zeros_;
    else
      ++counts_[static_cast<std::size_t>(std::clamp((x - range_.low) * per_bin, 0.0F, last))];
  }
}

double Histogram::edge(std::size_t bin) const noexcept {
  return static_cast<double>(range_.low) + static_cast<double>(bin) * width_;
}

}  // namespace octocal::quant
