// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

namespace octocal::data {

/// A shower counts to the low tail (late start, leakage) if its response is below this share of the median.
inline constexpr double kTailFraction = 0.85;

/// The distribution of the response R = ECAL/Ep of some showers at about the same energy.
struct ResponseShape {
  double mean = 0;             ///< of R
  double median = 0;           ///< Q(0.5) of R, see quantile()
  double std = 0;              ///< sqrt(mean of (R - mean)^2), over the mean; 0 of one shower
  double core_resolution = 0;  ///< (Q(0.84) - Q(0.16)) / 2 / Q(0.5)
  double tail_share = 0;       ///< share of showers with R < kTailFraction * Q(0.5)
};

/// Thread-safe. Precondition: sorted in ascending order, not empty.
ResponseShape response_shape(std::span<const double> sorted) noexcept;

}  // namespace octocal::data
