// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "octocal/model/reference/cellwise.hpp"

namespace octocal::model::reference {
namespace {

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

Tensor prelu(const Operation& op) {
  return broadcast_pair(op, [](double x, double slope) { return x < 0 ? slope * x : x; });
}

Tensor elu(const Operation& op) {
  const double alpha = static_cast<double>(op.node.real("alpha", 1));
  return each(op, [alpha](double x) { return x < 0 ? alpha * std::expm1(x) : x; });
}

Tensor sigmoid(const Operation& op) {
  return each(op, [](double x) { return 1 / (1 + std::exp(-x)); });
}

Tensor softplus(const Operation& op) {
  return each(op, [](double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); });
}

Tensor erf(const Operation& op) {
  return each(op, [](double x) { return std::erf(x); });
}

Tensor neg(const Operation& op) {
  return each(op, [](double x) { return -x; });
}

Tensor abs(const Operation& op) {
  return each(op, [](double x) { return std::fabs(x); });
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
  // Whole numbers are divided towards zero; by 0 they give 0 here (ONNX leaves it open).
  const bool whole = op.type == DataType::kInt32 || op.type == DataType::kInt64;
  if (whole) return broadcast_pair(op, [](double a, double b) { return b == 0 ? 0 : std::trunc(a / b); });
  return broadcast_pair(op, [](double a, double b) { return a / b; });
}

Tensor pow(const Operation& op) {
  return broadcast_pair(op, [](double a, double b) { return std::pow(a, b); });
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
    case DataType::kBool:
      return each(op, [](double x) { return x != 0 ? 1.0 : 0.0; });
    default:
      return tensor_of(op.type, op.shape, numbers_of(op.input(0)));
  }
}

Tensor identity(const Operation& op) { return op.input(0); }

}  // namespace octocal::model::reference
