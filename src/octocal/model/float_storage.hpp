// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "octocal/model/graph.hpp"
#include "octocal/model/precision_plan.hpp"

namespace octocal::model {

/// True for float16 and bfloat16.
constexpr bool is_16_bit_float(DataType type) noexcept {
  return type == DataType::kFloat16 || type == DataType::kBfloat16;
}
constexpr bool is_16_bit_float(Precision precision) noexcept {
  return precision == Precision::kFloat16 || precision == Precision::kBfloat16;
}

/// The type in which a layer of this precision stores its input and weights. Precondition: is_16_bit_float(precision).
constexpr DataType storage_of(Precision precision) noexcept {
  return precision == Precision::kFloat16 ? DataType::kFloat16 : DataType::kBfloat16;
}

/// A float32 tensor in a 16-bit format: rounded half to even, beyond the format's range infinite. Preconditions:
/// numbers.type is float32, is_16_bit_float(type).
Tensor rounded_to(DataType type, const Tensor& numbers);

/// A tensor of a 16-bit format in float32, exact.
Tensor widened(const Tensor& numbers);

/// The constant of 16-bit floats behind a Cast to float32 that makes `value`; nullptr if it is made otherwise.
const Tensor* stored_constant(const Graph& graph, const std::string& value) noexcept;

/// What Cast's attribute `to` says; nullopt if it is neither float16 nor bfloat16.
std::optional<DataType> cast_to_16_bit_float(const Node& node);

/// What Cast's attribute `to` is for a type (a number of ONNX's TensorProto.DataType). Precondition: a type of floats.
std::int64_t cast_target(DataType type) noexcept;

/// The graph with the weights (input 1) of each Conv, ConvTranspose, Gemm and MatMul of `least` numbers or more stored in a 16-bit format, each
/// behind a Cast to float32: a file of half the size that is computed in float32, as TensorFlow Lite's float16 models
/// are. Other constants, weights that are not float32, and the layers of `except` stay as they are. Errors: bad_input naming `origin` and the
/// layer if a weight is beyond the format's range.
Graph with_stored_weights(const Graph& graph, DataType type, const std::string& origin, std::size_t least = 0,
                          const std::set<std::string>& except = {});

}  // namespace octocal::model
