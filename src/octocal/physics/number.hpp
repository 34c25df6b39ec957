// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <limits>

namespace octocal::physics {

inline constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// An error from fewer showers than these is itself known worse than to a quarter, 1/sqrt(2 (n - 1)): it is not given, and
/// what has no error is not judged (limits.hpp).
inline constexpr std::size_t kFewestShowers = 10;

/// A measured number. NaN stands for what is undefined (the width of nothing, the error from too few showers).
struct Number {
  double value = kUndefined;
  double error = kUndefined;  ///< one standard deviation, statistical, same unit as value
  double floor = kUndefined;  ///< the same number between two halves of the reference (blocked_sums.hpp)
};

}  // namespace octocal::physics
