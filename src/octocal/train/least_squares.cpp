// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/least_squares.hpp"

#include <ATen/ATen.h>

namespace octocal::train {

at::Tensor least_squares(const at::Tensor& terms, const at::Tensor& y) {
  const auto normal =
      at::matmul(terms.t(), terms) + 1e-9 * static_cast<double>(terms.size(0)) * at::eye(terms.size(1), at::kDouble);
  return at::linalg_solve(normal, at::matmul(terms.t(), y));
}

}  // namespace octocal::train
