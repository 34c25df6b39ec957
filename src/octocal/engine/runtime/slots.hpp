// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <span>

namespace octocal::engine {

/// What a step moves.
struct StepTraffic {
  std::size_t weights = 0;   ///< bytes, the same for all showers
  std::size_t a_shower = 0;  ///< bytes read and written for each shower
};

/// How many showers a stream has under way at once, 1 .. most: each layer runs for all of them before the next.
///
/// More of them read a layer's weights from the second-level cache for all but the first, unless all weights stay there
/// anyway; fewer of them leave what one layer writes in that cache until the next reads it. With k showers, bytes that
/// come from behind the cache are, a shower,
///
///     sum over steps:  weights / k           if weights of all steps and the memory of a shower exceed the cache
///                    + a_shower              if weights + k * a_shower exceeds the cache
///
/// and the least k with the fewest bytes is taken. `shower_bytes`: memory of a shower under way. A choice of speed and
/// memory alone: showers do not depend on it. Precondition: most >= 1.
std::size_t showers_under_way(std::span<const StepTraffic> steps, std::size_t shower_bytes, std::size_t cache_bytes,
                              std::size_t most) noexcept;

}  // namespace octocal::engine
