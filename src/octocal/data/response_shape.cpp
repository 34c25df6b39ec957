// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/response_shape.hpp"

#include <algorithm>
#include <cmath>

#include "octocal/base/expect.hpp"
#include "octocal/base/statistics.hpp"

namespace octocal::data {

ResponseShape response_shape(std::span<const double> sorted) noexcept {
  OCTOCAL_EXPECT(!sorted.empty());
  const auto n = static_cast<double>(sorted.size());
  ResponseShape shape;
  for (const double response : sorted) shape.mean += response / n;
  double square = 0;
  for (const double response : sorted) square += (response - shape.mean) * (response - shape.mean) / n;
  shape.median = quantile(sorted, 0.5);
  shape.std = std::sqrt(square) / shape.mean;
  shape.core_resolution = (quantile(sorted, 0.84) - quantile(sorted, 0.16)) / (2 * shape.median);
  const auto tail = std::lower_bound(sorted.begin(), sorted.end(), kTailFraction * shape.median) - sorted.begin();
  shape.tail_share = static_cast<double>(tail) / n;
  return shape;
}

}  // namespace octocal::data
