// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

namespace octocal {

/// Quantile by linear interpolation between order statistics (position p (n - 1)). Thread-safe.
/// Precondition: sorted in ascending order, not empty, 0 <= p <= 1.
double quantile(std::span<const double> sorted, double p) noexcept;

/// Standard error of a number from its replicates f_b, each computed without one of B groups of the sample (the
/// delete-one-group jackknife). NaN for fewer than two. Thread-safe.
///
///     error^2 = (B - 1)/B * sum_b (f_b - mean_b f_b)^2
double jackknife_error(std::span<const double> replicates) noexcept;

}  // namespace octocal
