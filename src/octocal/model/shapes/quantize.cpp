// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "octocal/model/shapes/rules.hpp"

namespace octocal::model::shapes {
namespace {

bool is_8_or_16_bit(DataType type) {
  return type == DataType::kInt8 || type == DataType::kUint8 || type == DataType::kInt16 || type == DataType::kUint16;
}

/// Scale and zero point: constants, positive, one for the tensor or one an index along `axis` of the input.
void check_scale_and_zero_point(const NodeView& node) {
  const Tensor& scale = node.constant(1, "scale");
  const Shape& shape = node.input(0).shape;
  if (scale.type != DataType::kFloat32) node.fail(fmt::format("scale is {} (expected float32)", name_of(scale.type)));
  for (const float s : scale.as<float>()) {
    if (!(s > 0)) node.fail(fmt::format("scale is {} (expected positive)", s));
  }
  if (scale.shape.size() > 1) {
    node.fail(fmt::format("scale has shape {} (expected one number, or one a channel)", to_string(scale.shape)));
  }
  if (elements(scale.shape) != 1) {
    const std::size_t axis = node.axis(node.node().integer("axis", 1), shape.size());
    if (scale.shape[0] != shape[axis]) {
      node.fail(fmt::format("{} scales along axis {} of {} (expected {})", scale.shape[0], axis, to_string(shape),
                            to_string({shape[axis]})));
    }
  }
  if (node.has(2)) {
    const Tensor& zero = node.constant(2, "zero point");
    if (elements(zero.shape) != elements(scale.shape)) {
      node.fail(fmt::format("zero point has shape {}, scale {}", to_string(zero.shape), to_string(scale.shape)));
    }
  }
}

Value quantize(const NodeView& node) {
  if (node.input(0).type != DataType::kFloat32) {
    node.fail(fmt::format("input is {} (expected float32)", name_of(node.input(0).type)));
  }
  check_scale_and_zero_point(node);
  const DataType type = node.has(2) ? node.input(2).type : DataType::kUint8;
  if (!is_8_or_16_bit(type))
    node.fail(fmt::format("zero point is {} (expected int8, uint8, int16 or uint16)", name_of(type)));
  return {"", type, node.input(0).shape};
}

Value dequantize(const NodeView& node) {
  const DataType type = node.input(0).type;
  if (!is_8_or_16_bit(type) && type != DataType::kInt32) {
    node.fail(fmt::format("input is {} (expected int8, uint8, int16, uint16 or int32)", name_of(type)));
  }
  check_scale_and_zero_point(node);
  if (node.has(2)) {
    const Tensor& zero = node.constant(2, "zero point");
    if (zero.type != type) node.fail(fmt::format("zero point is {}, the input {}", name_of(zero.type), name_of(type)));
    if (type == DataType::kInt32) {
      for (const std::int32_t z : zero.as<std::int32_t>()) {
        if (z != 0) node.fail(fmt::format("zero point of an int32 input is {} (expected 0)", z));
      }
    }
  }
  return {"", DataType::kFloat32, node.input(0).shape};
}

}  // namespace

std::span<const OpRule> quantize_rules() {
  static const std::vector<OpRule> rules{
      {"QuantizeLinear", 2, 3, {"axis"}, quantize, kStorage},
      {"DequantizeLinear", 2, 3, {"axis"}, dequantize, kStorage},
  };
  return rules;
}

}  // namespace octocal::model::shapes
