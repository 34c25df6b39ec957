// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "octocal/model/reference/cellwise.hpp"

// Comparisons, choices by them, and rounding. A bool is 0 or 1.

namespace octocal::model::reference {

Tensor greater(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return a > b ? 1.0 : 0.0; });
}

Tensor greater_or_equal(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return a >= b ? 1.0 : 0.0; });
}

Tensor less(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return a < b ? 1.0 : 0.0; });
}

Tensor less_or_equal(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return a <= b ? 1.0 : 0.0; });
}

Tensor equal(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return a == b ? 1.0 : 0.0; });
}

Tensor logical_not(const Operation& op) {
  return each(op, [](double a) { return 1 - a; });
}

Tensor logical_and(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return a * b; });
}

Tensor logical_or(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return std::fmax(a, b); });
}

Tensor where(const Operation& op) {
  const auto condition = numbers_of(op.input(0));
  const auto yes = numbers_of(op.input(1));
  const auto no = numbers_of(op.input(2));
  const auto of_condition = offsets(op.shape, broadcast_strides(op.input(0).shape, op.shape));
  const auto of_yes = offsets(op.shape, broadcast_strides(op.input(1).shape, op.shape));
  const auto of_no = offsets(op.shape, broadcast_strides(op.input(2).shape, op.shape));
  std::vector<double> out(of_condition.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = condition[of_condition[i]] != 0 ? yes[of_yes[i]] : no[of_no[i]];
  return tensor_of(op.type, op.shape, out);
}

Tensor floor(const Operation& op) {
  return each(op, [](double x) { return std::floor(x); });
}

Tensor ceil(const Operation& op) {
  return each(op, [](double x) { return std::ceil(x); });
}

Tensor round(const Operation& op) {
  // Half to even.
  return each(op, [](double x) { return x - std::remainder(x, 1.0); });
}

/// The sign of the divisor, or with fmod that of the dividend. By 0 it gives 0 here (ONNX leaves it open).
Tensor mod(const Operation& op) {
  const bool of_dividend = op.node.integer("fmod", 0) != 0;
  return broadcast_pair(op, [=](double a, double b) {
    if (b == 0) return 0.0;
    const double rest = std::fmod(a, b);
    return of_dividend || rest == 0 || (rest < 0) == (b < 0) ? rest : rest + b;
  });
}

}  // namespace octocal::model::reference
