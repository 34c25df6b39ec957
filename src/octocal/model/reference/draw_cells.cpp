// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "octocal/model/reference/operation.hpp"

// Cells drawn from a head's values (model/cell_ops.hpp), in double.

namespace octocal::model::reference {

Tensor draw_cells(const Operation& op) {
  const auto values = numbers_of(op.input(0));
  const auto noise = numbers_of(op.input(1));
  const auto colour = numbers_of(op.input(2));
  const auto start = numbers_of(op.input(3));
  const auto basis = numbers_of(op.input(4));
  const auto edges = numbers_of(op.input(5));
  const std::size_t statistics = static_cast<std::size_t>(op.input(4).shape[0]);
  const std::size_t bins = start.size();
  const std::size_t plane = colour.size();
  const std::size_t cells = static_cast<std::size_t>(op.shape[1]) * plane;
  const std::size_t showers = static_cast<std::size_t>(op.shape[0]);
  std::vector<double> out(showers * cells, 0.0);
  for (std::size_t shower = 0; shower < showers; ++shower)
    for (std::size_t cell = 0; cell < cells; ++cell) {
      if (colour[cell % plane] == 0) continue;
      const double* own = &values[shower * cells * (1 + statistics) + cell];
      const double* uniform = &noise[shower * cells * 2 + cell];
      if (!(uniform[0] < 1 / (1 + std::exp(-own[0])))) continue;
      std::vector<double> sums(start);
      for (std::size_t s = 0; s < statistics; ++s)
        for (std::size_t j = 0; j < bins; ++j) sums[j] += own[(s + 1) * cells] * basis[s * bins + j];
      const double largest = *std::max_element(sums.begin(), sums.end());
      double sum = 0;
      for (double& number : sums) number = sum += std::exp(number - largest);
      const double wanted = uniform[cells] * sum;
      const auto found = std::upper_bound(sums.begin(), sums.end(), wanted);
      const auto j = std::min(static_cast<std::size_t>(found - sums.begin()), bins - 1);
      const double weight = sums[j] - (j > 0 ? sums[j - 1] : 0.0);
      const double inside = std::clamp(1 - (sums[j] - wanted) / weight, 0.0, 1.0);
      out[shower * cells + cell] = std::exp(edges[j] + (edges[j + 1] - edges[j]) * inside);
    }
  return tensor_of(op.type, op.shape, out);
}

}  // namespace octocal::model::reference
