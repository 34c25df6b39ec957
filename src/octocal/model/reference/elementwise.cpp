// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "octocal/model/reference/operation.hpp"

namespace octocal::model::reference {
namespace {

template <typename Function>
Tensor each(const Operation& op, Function function) {
  auto numbers = numbers_of(op.input(0));
  for (double& x : numbers) x = function(x);
  return tensor_of(op.type, op.shape, numbers);
}

/// Strides of `operand` seen with the axes of `shape`: 0 along axes where it is broadcast.
std::vector<std::size_t> broadcast_strides(const Shape& operand, const Shape& shape) {
  const auto own = c_strides(operand);
  std::vector<std::size_t> strides(shape.size(), 0);
  const std::size_t missing = shape.size() - operand.size();
  for (std::size_t axis = 0; axis < operand.size(); ++axis) {
    if (operand[axis] != 1) strides[missing + axis] = own[axis];
  }
  return strides;
}

// A sum, product or quotient of two float32 in double, rounded to float32, is the float32 one itself.
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

/// A float to an integer type: towards zero, into the type's range; NaN gives the lower end.
template <typename T>
double truncated(double x) {
  const auto low = static_cast<double>(std::numeric_limits<T>::min());
  // The largest int64 is no double; the next one below is.
  const double high = sizeof(T) == 8 ? 0x1.fffffffffffffp62 : static_cast<double>(std::numeric_limits<T>::max());
  if (!(x > low)) return low;
  return x > high ? high : std::trunc(x);
}

}  // namespace

Tensor leaky_relu(const Operation& op) {
  const double slope = static_cast<double>(op.node.real("alpha", 0.01F));
  return each(op, [slope](double x) { return x < 0 ? slope * x : x; });
}

Tensor relu(const Operation& op) {
  return each(op, [](double x) { return x < 0 ? 0.0 : x; });
}

Tensor batch_normalization(const Operation& op) {
  auto numbers = numbers_of(op.input(0));
  const auto scale = numbers_of(op.input(1));
  const auto shift = numbers_of(op.input(2));
  const auto mean = numbers_of(op.input(3));
  const auto variance = numbers_of(op.input(4));
  const double epsilon = static_cast<double>(op.node.real("epsilon", 1e-5F));
  const std::size_t channels = scale.size();
  const std::size_t cells = numbers.size() / (static_cast<std::size_t>(op.shape[0]) * channels);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t c = i / cells % channels;
    numbers[i] = (numbers[i] - mean[c]) / std::sqrt(variance[c] + epsilon) * scale[c] + shift[c];
  }
  return tensor_of(op.type, op.shape, numbers);
}

Tensor mul(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return a * b; });
}

Tensor add(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return a + b; });
}

Tensor sub(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return a - b; });
}

Tensor div(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return a / b; });
}

// NaN wins in Max and Min.
Tensor max(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return std::isnan(a) || a >= b ? a : b; });
}

Tensor min(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return std::isnan(a) || a <= b ? a : b; });
}

Tensor exp(const Operation& op) {
  return each(op, [](double x) { return std::exp(x); });
}

Tensor log(const Operation& op) {
  return each(op, [](double x) { return std::log(x); });
}

Tensor sqrt(const Operation& op) {
  return each(op, [](double x) { return std::sqrt(x); });
}

Tensor tanh(const Operation& op) {
  return each(op, [](double x) { return std::tanh(x); });
}

Tensor clip(const Operation& op) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double low = op.has(1) ? numbers_of(op.input(1))[0] : -infinity;
  const double high = op.has(2) ? numbers_of(op.input(2))[0] : infinity;
  return each(op, [=](double x) { return std::isnan(x) ? x : std::fmin(std::fmax(x, low), high); });
}

Tensor cast(const Operation& op) {
  switch (op.type) {
    case DataType::kInt8:
      return each(op, truncated<std::int8_t>);
    case DataType::kUint8:
      return each(op, truncated<std::uint8_t>);
    case DataType::kInt32:
      return each(op, truncated<std::int32_t>);
    case DataType::kInt64:
      return each(op, truncated<std::int64_t>);
    default:
      return tensor_of(op.type, op.shape, numbers_of(op.input(0)));
  }
}

Tensor identity(const Operation& op) { return op.input(0); }

}  // namespace octocal::model::reference
