// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "octocal/quant/input_moments.hpp"

namespace octocal::quant {

/// Integers of one layer's weights, and what is wrong with the sums that they make.
struct LearnedWeight {
  std::vector<std::int8_t> values;  ///< (outputs, inputs)
  double nearest_error = 0;         ///< mean squared error of the sums with weights rounded to nearest
  double error = 0;                 ///< the same with `values`; both as a share of the sums' mean square
};

/// Learned rounding of a layer's weights w to integers q, by reconstruction of the sums that it makes of its inputs x:
///
///     error(v) = E (v.x - w.x)^2 = (v - w) H (v - w),   v = scale q,   H = E x x^T
///
/// |v - w|^2 times 1e-4 of the inputs' mean square is added: it holds weights that no input tells of. From `nearest`,
/// each integer in turn takes the value with the least error given all others (coordinate descent), so that errors of
/// rounding cancel in the sums where inputs are correlated, until nothing moves or four rounds are over. A channel for
/// which `nearest` has the lesser error keeps it: error <= nearest_error.
///
/// | tensor  | shape             | type    |
/// |---------|-------------------|---------|
/// | weight  | (outputs, inputs) | float32 |
/// | nearest | (outputs, inputs) | int8    |
/// | scale   | (outputs) or (1)  | float32 |
///
/// Does not depend on the number of threads, bit by bit. Error: Error(kInterrupted).
LearnedWeight learn_rounding(const InputMoments& moments, std::span<const float> weight,
                             std::span<const std::int8_t> nearest, std::span<const float> scale, int threads);

}  // namespace octocal::quant
