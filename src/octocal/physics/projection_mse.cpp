// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/projection_mse.hpp"

#include <span>
#include <vector>

#include "octocal/physics/shape_functionals.hpp"

namespace octocal::physics {

Table4 projection_mse(const SampleSums& sample, const SampleSums& reference) {
  const ShapeLayout layout(reference.frame().geometry);
  const PairFunctional f = [&](std::span<const double> a, std::span<const double> b) {
    return projection_mse_numbers(layout, a, b);
  };
  std::vector<Number> numbers = estimate(sample.shapes(), reference.shapes(), sample.paired_with(reference), f);
  const std::vector<double> floors = halving_mean(reference.shapes(), f);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i].floor = floors[i];
  Table4 table;
  for (std::size_t plane = 0; plane < 3; ++plane) table.planes[plane] = {numbers[plane], numbers[4 + plane]};
  table.mse_gev2 = numbers[3];
  table.relative_mse = numbers[7];
  return table;
}

}  // namespace octocal::physics
