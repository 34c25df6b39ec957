// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/statistics.hpp"
#include "octocal/base/expect.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace octocal {

double quantile(std::span<const double> sorted, double p) noexcept {
  OCTOCAL_EXPECT(!sorted.empty() && std::is_sorted(sorted.begin(), sorted.end()));
  OCTOCAL_EXPECT(p >= 0 && p <= 1);
  const double position = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double part = position - static_cast<double>(below);
  return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

double jackknife_error(std::span<const double> replicates) noexcept {
  if (replicates.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const auto n = static_cast<double>(replicates.size());
  double mean = 0;
  for (const double value : replicates) mean += value / n;
  double sum = 0;
  for (const double value : replicates) sum += (value - mean) * (value - mean);
  return std::sqrt((n - 1) / n * sum);
}

}  // namespace octocal
