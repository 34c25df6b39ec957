// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <vector>

#include "octocal/physics/shower_features.hpp"

namespace octocal::physics {

/// What follows from mean rows of SampleSums. Each is a Functional for estimate() once its first argument is bound.

/// Mean and width of x, y, z (table 3), six numbers. `shapes` is a row as in ShapeLayout.
std::vector<double> table3_numbers(const ShapeLayout& layout, std::span<const double> shapes);

/// Mean squared differences of the projections xy, xz, yz, their sum, and the same four over those of `reference`
/// (table 4, projection_mse.hpp), of two rows as in ShapeLayout.
std::vector<double> projection_mse_numbers(const ShapeLayout& layout, std::span<const double> sample,
                                           std::span<const double> reference);

/// Correlation coefficients (nz, nz) of layer energies over Ep; NaN for a layer that never varies.
/// `layers` holds nz means and (nz, nz) mean products.
std::vector<double> layer_correlations(std::size_t nz, std::span<const double> layers);

/// Root mean square difference of two sets of coefficients above the diagonal, pairs with NaN left out.
double rms_difference(std::size_t nz, std::span<const double> a, std::span<const double> b);

/// Largest absolute difference above the diagonal, pairs with NaN left out; NaN without any.
double largest_difference(std::size_t nz, std::span<const double> a, std::span<const double> b);

/// (a - b) / b, number by number.
std::vector<double> relative_differences(std::span<const double> a, std::span<const double> b);

}  // namespace octocal::physics
