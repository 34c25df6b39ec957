// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
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

/// Learned rounding of a layer's weights w to integers q, by reconstruction of its sums. The layer reads x + n, the
/// numbers x of the float32 network with the noise n that quantization added; its sums are to be those of float32:
///
///     error(v) = E (v.(x + n) - w.x)^2 = v H v - 2 v (H - N) w + w (H - N) w,   v = scale q
///
/// with H = E (x + n)(x + n)^T and N = diag(noise), so that n is taken to be independent of x and from input to input.
/// |v - w|^2 times 1e-4 of the inputs' mean square is added: it holds weights that no input tells of. First come the
/// real numbers with the least error (conjugate gradients): they give way to the noise where inputs hold little else.
/// They are rounded, and then each integer in turn takes the value with the least error given all others (coordinate
/// descent), so that errors of rounding cancel in the sums, until nothing moves or four rounds are over. A channel for
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
