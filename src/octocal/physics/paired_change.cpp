// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/paired_change.hpp"

#include <cstddef>
#include <span>
#include <vector>

#include "octocal/base/expect.hpp"
#include "octocal/physics/shape_functionals.hpp"

namespace octocal::physics {

PairedChange paired_change(const SampleSums& sample, const SampleSums& base, const SampleSums& reference) {
  OCTOCAL_EXPECT(sample.frame() == base.frame() && base.frame() == reference.frame());
  const ShapeLayout layout(base.frame().geometry);
  const auto aim = reference.shapes().mean();
  const Functional numbers = [&](std::span<const double> mean) {
    auto all = table3_numbers(layout, mean);
    const auto mse = projection_mse_numbers(layout, mean, aim);
    all.insert(all.end(), mse.begin(), mse.begin() + 4);
    return all;
  };
  const auto own = estimate(base.shapes(), numbers);
  const auto differences =
      estimate(sample.shapes(), base.shapes(), true, [&](std::span<const double> a, std::span<const double> b) {
        auto difference = numbers(a);
        const auto of_base = numbers(b);
        for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= of_base[i];
        return difference;
      });
  PairedChange change;
  for (std::size_t i = 0; i < 6; ++i) change.table3[i] = {differences[i], own[i].error};
  for (std::size_t i = 0; i < 4; ++i) change.table4[i] = {differences[6 + i], own[6 + i].error};
  const auto apart = estimate(
      sample.shapes(), base.shapes(), true,
      [&](std::span<const double> a, std::span<const double> b) { return projection_mse_numbers(layout, a, b); });
  for (std::size_t plane = 0; plane < 3; ++plane) change.apart.planes[plane] = {apart[plane], apart[4 + plane]};
  change.apart.mse_gev2 = apart[3];
  change.apart.relative_mse = apart[7];
  return change;
}

}  // namespace octocal::physics
