// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// What later opsets added to QuantizeLinear and DequantizeLinear, put into the form of opset 13:
///
/// | attribute            | since | becomes                                                                    |
/// |----------------------|-------|----------------------------------------------------------------------------|
/// | saturate, precision  | 19    | nothing: they concern 8-bit floats, and how other types divide             |
/// | block_size           | 21    | nothing if 0; else a problem: scales of blocks are not supported           |
/// | output_dtype         | 21    | a zero point of that type where the node has none; DequantizeLinear: float |
///
/// Returns what cannot be put so ("block_size 32 (...)"), nullopt if all went well. A zero point that had to be made is
/// returned through `zero_point`, for the caller to define as the node's third input.
struct SettledQuantization {
  std::optional<std::string> problem;
  std::optional<DataType> zero_point;
};
SettledQuantization settle_quantization(Node& node);

/// True for the ops of ONNX and ONNX Runtime that compute with integers themselves: models in QOperator form, or
/// quantized while they run. They are not supported.
bool is_integer_op(const std::string& op);

}  // namespace octocal::model
