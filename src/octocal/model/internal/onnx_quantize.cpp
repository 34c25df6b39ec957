// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/onnx_quantize.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <set>
#include <string_view>

#include "octocal/model/internal/onnx_types.hpp"

namespace octocal::model {

SettledQuantization settle_quantization(Node& node) {
  SettledQuantization result;
  const std::int64_t block = node.integer("block_size", 0);
  if (block != 0)
    result.problem = fmt::format("block_size {} (scales are one for the tensor, or one a channel)", block);
  const auto type = static_cast<int>(node.integer("output_dtype", 0));
  const bool given = type != onnx::TensorProto::UNDEFINED;
  if (node.op == "DequantizeLinear") {
    if (given && type != onnx::TensorProto::FLOAT)
      result.problem = fmt::format("output_dtype {} (expected FLOAT)", onnx_type_name(type));
  } else if (given && type != onnx::TensorProto::INT8 && type != onnx::TensorProto::UINT8 &&
             type != onnx::TensorProto::INT16 && type != onnx::TensorProto::UINT16) {
    result.problem = fmt::format("output_dtype {} (octocal computes in 8 or 16 bits: INT8, UINT8, INT16 or UINT16)",
                                 onnx_type_name(type));
  } else if (given && (node.inputs.size() < 3 || node.inputs[2].empty())) {
    result.zero_point = from_onnx_type(type);
  }
  for (const char* attribute : {"saturate", "precision", "block_size", "output_dtype"})
    node.attributes.erase(attribute);
  return result;
}

bool is_integer_op(const std::string& op) {
  static const std::set<std::string_view> others{
      "MatMulInteger", "MatMulIntegerToFloat", "MatMulNBits", "QAttention", "QEmbedLayerNormalization", "QGemm",
      "QMoE",          "NhwcMaxPool"};
  return op.starts_with("QLinear") || op.starts_with("Dynamic") || others.contains(op);
}

}  // namespace octocal::model
