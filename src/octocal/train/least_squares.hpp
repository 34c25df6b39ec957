// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

namespace octocal::train {

/// Coefficients (k, D) of the least squares fit of y (n, D) by terms (n, k), both float64. By normal equations, with a
/// ridge of 1e-9 of their size: terms of order one.
at::Tensor least_squares(const at::Tensor& terms, const at::Tensor& y);

}  // namespace octocal::train
