// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::engine {

/// An int8, uint8 or int32 constant behind a DequantizeLinear. Spans and pointers are into the graph.
struct QuantizedConstant {
  const model::Node* node = nullptr;
  const model::Tensor* values = nullptr;
  std::span<const float> scale;
  const model::Tensor* zero_point = nullptr;  ///< may be absent: zero
  std::size_t axis = 0;

  std::int32_t zero_at(std::size_t i) const { return zero_point == nullptr ? 0 : number(*zero_point, i); }
  std::int32_t value_at(std::size_t i) const { return number(*values, i); }
  /// The difference of the two for number i, whose scale is number `channel`.
  std::int32_t steps_at(std::size_t i, std::size_t channel) const { return value_at(i) - zero_at(channel); }
  bool is_8_bit() const noexcept {
    return values->type == model::DataType::kInt8 || values->type == model::DataType::kUint8;
  }

 private:
  static std::int32_t number(const model::Tensor& tensor, std::size_t i) {
    switch (tensor.type) {
      case model::DataType::kInt32:
        return tensor.as<std::int32_t>()[i];
      case model::DataType::kInt16:
        return tensor.as<std::int16_t>()[i];
      case model::DataType::kUint16:
        return tensor.as<std::uint16_t>()[i];
      case model::DataType::kInt8:
        return tensor.as<std::int8_t>()[i];
      default:
        return tensor.as<std::uint8_t>()[i];
    }
  }
};

/// node is nullptr if the value is no such constant.
QuantizedConstant quantized_constant(const model::Graph& graph, const std::string& value);

/// Calls number(i, c) for each number i of a tensor in C order; c is its index along one axis.
template <typename Number>
void for_each_along(const model::Shape& shape, std::size_t axis, const Number& number) {
  std::size_t inner = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= static_cast<std::size_t>(shape[i]);
  const auto extent = static_cast<std::size_t>(shape[axis]);
  const std::size_t all = model::elements(shape);
  for (std::size_t i = 0; i < all;)
    for (std::size_t c = 0; c < extent; ++c)
      for (const std::size_t end = i + inner; i < end; ++i) number(i, c);
}

/// The float32 numbers behind a value: a constant, a DequantizeLinear of one, or a Cast of 16-bit floats. Errors: bad_input naming the node.
std::vector<float> float_constant(const model::Graph& graph, const std::string& value, const model::Node& user);
/// True if float_constant() can give them.
bool is_float_constant(const model::Graph& graph, const std::string& value);

}  // namespace octocal::engine
