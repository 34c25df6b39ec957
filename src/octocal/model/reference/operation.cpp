// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/reference/operation.hpp"

#include "octocal/model/float_formats.hpp"

namespace octocal::model::reference {
namespace {

template <typename T>
std::vector<double> widened(const Tensor& tensor) {
  const auto numbers = tensor.as<T>();
  std::vector<double> wide(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) wide[i] = static_cast<double>(numbers[i]);
  return wide;
}

template <typename T>
Tensor narrowed(DataType type, Shape shape, const std::vector<double>& numbers) {
  std::vector<T> narrow(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) narrow[i] = static_cast<T>(numbers[i]);
  return make_tensor(type, std::move(shape), std::span<const T>(narrow));
}

/// The 16-bit formats are reached through float32. That rounds twice: differs from rounding once only where the float32
/// lands exactly half-way between two of the 16-bit numbers and the double did not.
template <typename ToBits>
Tensor rounded(DataType type, Shape shape, const std::vector<double>& numbers, ToBits to_bits) {
  std::vector<std::uint16_t> bits(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) bits[i] = to_bits(static_cast<float>(numbers[i]));
  return make_tensor(type, std::move(shape), std::span<const std::uint16_t>(bits));
}

}  // namespace

std::vector<double> numbers_of(const Tensor& tensor) {
  switch (tensor.type) {
    case DataType::kFloat32:
      return widened<float>(tensor);
    case DataType::kInt8:
      return widened<std::int8_t>(tensor);
    case DataType::kUint8:
      return widened<std::uint8_t>(tensor);
    case DataType::kInt16:
      return widened<std::int16_t>(tensor);
    case DataType::kUint16:
      return widened<std::uint16_t>(tensor);
    case DataType::kInt32:
      return widened<std::int32_t>(tensor);
    case DataType::kInt64:
      return widened<std::int64_t>(tensor);
    case DataType::kBool:
      return widened<std::uint8_t>(tensor);
    case DataType::kFloat16:
    case DataType::kBfloat16:
      break;
  }
  const auto bits = tensor.as<std::uint16_t>();
  std::vector<double> wide(bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i) {
    wide[i] = static_cast<double>(tensor.type == DataType::kFloat16 ? float16_value(bits[i]) : bfloat16_value(bits[i]));
  }
  return wide;
}

Tensor tensor_of(DataType type, Shape shape, const std::vector<double>& numbers) {
  switch (type) {
    case DataType::kFloat16:
      return rounded(type, std::move(shape), numbers, float16_bits);
    case DataType::kBfloat16:
      return rounded(type, std::move(shape), numbers, bfloat16_bits);
    case DataType::kInt8:
      return narrowed<std::int8_t>(type, std::move(shape), numbers);
    case DataType::kUint8:
    case DataType::kBool:
      return narrowed<std::uint8_t>(type, std::move(shape), numbers);
    case DataType::kInt16:
      return narrowed<std::int16_t>(type, std::move(shape), numbers);
    case DataType::kUint16:
      return narrowed<std::uint16_t>(type, std::move(shape), numbers);
    case DataType::kInt32:
      return narrowed<std::int32_t>(type, std::move(shape), numbers);
    case DataType::kInt64:
      return narrowed<std::int64_t>(type, std::move(shape), numbers);
    case DataType::kFloat32:
      break;
  }
  return narrowed<float>(DataType::kFloat32, std::move(shape), numbers);
}

std::vector<std::size_t> c_strides(const Shape& shape) {
  std::vector<std::size_t> strides(shape.size());
  std::size_t stride = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= static_cast<std::size_t>(shape[axis]);
  }
  return strides;
}

std::vector<std::size_t> broadcast_strides(const Shape& operand, const Shape& shape) {
  const auto own = c_strides(operand);
  std::vector<std::size_t> strides(shape.size(), 0);
  const std::size_t missing = shape.size() - operand.size();
  for (std::size_t axis = 0; axis < operand.size(); ++axis) {
    if (operand[axis] != 1) strides[missing + axis] = own[axis];
  }
  return strides;
}

std::vector<std::size_t> offsets(const Shape& shape, const std::vector<std::size_t>& strides) {
  std::vector<std::size_t> found(elements(shape));
  std::vector<std::int64_t> index(shape.size(), 0);
  std::size_t offset = 0;
  for (std::size_t& entry : found) {
    entry = offset;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= strides[axis] * static_cast<std::size_t>(shape[axis]);
      index[axis] = 0;
    }
  }
  return found;
}

}  // namespace octocal::model::reference
