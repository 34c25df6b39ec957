// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "octocal/physics/number.hpp"

namespace octocal::physics {

/// Area under the receiver operating curve: the probability that a shower of the sample is given a higher score than
/// one of the reference, ties counted as one half:
///
///     auc = 1/(m n) sum_i sum_j [a_i > b_j] + [a_i == b_j]/2,     a = scores of the sample (m), b = reference (n)
///     error^2 = var_i(V_i)/m + var_j(W_j)/n                       (DeLong, DeLong and Clarke-Pearson 1988)
///
/// V_i = share of b below a_i, W_j = share of a above b_j (ties one half), variances with n - 1. The error holds the
/// scores fixed: it does not contain what another training of the classifier would change. O(n log n). value is NaN if
/// either is empty, error if either has fewer than two.
Number auc(std::span<const double> sample, std::span<const double> reference);

/// Means over folds whose numbers are independent: value = mean, error^2 = sum of squares / folds^2.
Number mean_of_folds(std::span<const Number> folds);

/// The fold of each of n showers: folds of equal size (to one), dealt at random, a pure function of the seed.
std::vector<std::size_t> deal_folds(std::size_t showers, std::size_t folds, std::uint64_t seed);

}  // namespace octocal::physics
