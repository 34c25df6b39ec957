// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <vector>

namespace octocal::physics {

/// Eigenvalues of a symmetric matrix (n, n), in no order: Householder's reduction to three diagonals, then QL steps with
/// implicit shifts (Numerical Recipes, tred2 and tqli, without the vectors). Only the lower triangle is read. Absolute
/// errors of some 1e-15 of the largest. O(n^3). Precondition: n * n values, all finite.
std::vector<double> symmetric_eigenvalues(std::vector<double> matrix, std::size_t n);

}  // namespace octocal::physics
