// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "octocal/model/reference/operation.hpp"

namespace octocal::model::reference {

/// function(x) of each number of input 0.
template <typename Function>
Tensor each(const Operation& op, Function function) {
  auto numbers = numbers_of(op.input(0));
  for (double& x : numbers) x = function(x);
  return tensor_of(op.type, op.shape, numbers);
}

/// function(a, b) of inputs 0 and 1, broadcast to the output's shape. A sum, product or quotient of two float32 in
/// double, rounded to float32, is the float32 one itself.
template <typename Function>
Tensor broadcast_pair(const Operation& op, Function function) {
  const auto a = numbers_of(op.input(0));
  const auto b = numbers_of(op.input(1));
  const auto of_a = offsets(op.shape, broadcast_strides(op.input(0).shape, op.shape));
  const auto of_b = offsets(op.shape, broadcast_strides(op.input(1).shape, op.shape));
  std::vector<double> out(of_a.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = function(a[of_a[i]], b[of_b[i]]);
  return tensor_of(op.type, op.shape, out);
}

}  // namespace octocal::model::reference
