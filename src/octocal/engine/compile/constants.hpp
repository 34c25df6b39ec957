// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::engine {

/// An integer constant behind a DequantizeLinear. Spans and pointers are into the graph.
struct QuantizedConstant {
  const model::Node* node = nullptr;
  const model::Tensor* values = nullptr;
  std::span<const float> scale;
  const model::Tensor* zero_point = nullptr;  ///< may be absent: zero
  std::size_t axis = 0;

  int zero_at(std::size_t i) const {
    if (zero_point == nullptr) return 0;
    return zero_point->type == model::DataType::kInt8 ? zero_point->as<std::int8_t>()[i]
                                                      : zero_point->as<std::uint8_t>()[i];
  }
  int value_at(std::size_t i) const {
    return values->type == model::DataType::kInt8 ? values->as<std::int8_t>()[i] : values->as<std::uint8_t>()[i];
  }
};

/// node is nullptr if the value is no such constant.
QuantizedConstant quantized_constant(const model::Graph& graph, const std::string& value);

/// The float32 numbers behind a value: a constant, or a DequantizeLinear of one. Errors: bad_input naming the node.
std::vector<float> float_constant(const model::Graph& graph, const std::string& value, const model::Node& user);
/// True if float_constant() can give them.
bool is_float_constant(const model::Graph& graph, const std::string& value);

}  // namespace octocal::engine
