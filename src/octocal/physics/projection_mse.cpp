// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/projection_mse.hpp"

#include <span>
#include <vector>

namespace octocal::physics {
namespace {

/// mse of each plane, their sum, and the four relative ones.
std::vector<double> mse(const ShapeLayout& layout, std::span<const double> sample, std::span<const double> reference) {
  std::vector<double> result(8, 0.0);
  double scale = 0;
  for (std::size_t plane = 0; plane < 3; ++plane) {
    double difference2 = 0, reference2 = 0;
    for (std::size_t i = layout.projection[plane]; i < layout.projection[plane] + layout.area[plane]; ++i) {
      difference2 += (sample[i] - reference[i]) * (sample[i] - reference[i]);
      reference2 += reference[i] * reference[i];
    }
    const auto pixels = static_cast<double>(layout.area[plane]);
    result[plane] = difference2 / pixels;
    result[3] += difference2 / pixels;
    result[4 + plane] = difference2 / reference2;
    scale += reference2 / pixels;
  }
  result[7] = result[3] / scale;
  return result;
}

}  // namespace

Table4 projection_mse(const SampleSums& sample, const SampleSums& reference) {
  const ShapeLayout layout(reference.frame().geometry);
  const PairFunctional f = [&](std::span<const double> a, std::span<const double> b) { return mse(layout, a, b); };
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
