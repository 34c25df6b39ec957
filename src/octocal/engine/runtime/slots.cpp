// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/runtime/slots.hpp"

namespace octocal::engine {

std::size_t showers_under_way(std::span<const StepTraffic> steps, std::size_t shower_bytes, std::size_t cache_bytes,
                              std::size_t most) noexcept {
  std::size_t all_weights = 0;
  for (const auto& step : steps) all_weights += step.weights;
  const bool weights_stay = all_weights + shower_bytes <= cache_bytes;
  std::size_t best = 1;
  double fewest = 0;
  for (std::size_t k = 1; k <= most; ++k) {
    double bytes = 0;
    for (const auto& step : steps) {
      if (!weights_stay) bytes += static_cast<double>(step.weights) / static_cast<double>(k);
      if (step.weights + k * step.a_shower > cache_bytes) bytes += static_cast<double>(step.a_shower);
    }
    if (k > 1 && bytes >= fewest) continue;
    fewest = bytes;
    best = k;
  }
  return best;
}

}  // namespace octocal::engine
