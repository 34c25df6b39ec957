// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "octocal/model/shapes/rules.hpp"

namespace octocal::model::shapes {
namespace {

Value float_to_same(const NodeView& node) {
  node.expect_float(0);
  return {"", node.input(0).type, node.input(0).shape};
}

Value number_to_same(const NodeView& node) {
  node.expect_number(0);
  return {"", node.input(0).type, node.input(0).shape};
}

Value same(const NodeView& node) { return {"", node.input(0).type, node.input(0).shape}; }

Value binary(const NodeView& node) {
  node.expect_number(0);
  node.expect_number(1);
  Shape out;
  if (!broadcast(node.input(0).shape, node.input(1).shape, out)) {
    node.fail(
        fmt::format("shapes {} and {} do not fit", to_string(node.input(0).shape), to_string(node.input(1).shape)));
  }
  return {"", node.input(0).type, out};
}

Value prelu(const NodeView& node) {
  node.expect_float(0);
  node.expect_float(1);
  Shape out;
  const Shape& slope = node.constant(1, "slope").shape;
  if (!broadcast(node.input(0).shape, slope, out) || out != node.input(0).shape) {
    node.fail(fmt::format("slopes of shape {} do not stretch to {}", to_string(slope), to_string(node.input(0).shape)));
  }
  return {"", node.input(0).type, out};
}

Value clip(const NodeView& node) {
  node.expect_float(0);
  for (std::size_t i = 1; i < node.inputs(); ++i) {
    if (!node.has(i)) continue;
    node.expect_float(i);
    if (elements(node.constant(i, i == 1 ? "min" : "max").shape) != 1) {
      node.fail(fmt::format("limit {} has shape {} (expected one number)", i, to_string(node.input(i).shape)));
    }
  }
  return {"", node.input(0).type, node.input(0).shape};
}

Value batch_normalization(const NodeView& node) {
  if (!(node.node().real("epsilon", 1e-5F) >= 0)) node.fail("epsilon is negative or not a number");
  const Shape& shape = node.input(0).shape;
  if (shape.size() < 2 || shape[1] == kBatch) {
    node.fail(fmt::format("input has shape {} (expected (N, channels, ...))", to_string(shape)));
  }
  const char* const meanings[] = {"input", "scale", "shift", "mean", "variance"};
  for (std::size_t i = 0; i < 5; ++i) {
    node.expect_float(i);
    if (i > 0) node.expect_shape(i, {shape[1]}, meanings[i]);
  }
  return {"", node.input(0).type, shape};
}

Value cast(const NodeView& node) {
  // Numbers of TensorProto.DataType.
  const std::int64_t to = node.node().integer("to", 0);
  const Shape& shape = node.input(0).shape;
  switch (to) {
    case 1:
      return {"", DataType::kFloat32, shape};
    case 2:
      return {"", DataType::kUint8, shape};
    case 3:
      return {"", DataType::kInt8, shape};
    case 6:
      return {"", DataType::kInt32, shape};
    case 7:
      return {"", DataType::kInt64, shape};
    case 9:
      return {"", DataType::kBool, shape};
    case 10:
      return {"", DataType::kFloat16, shape};
    case 16:
      return {"", DataType::kBfloat16, shape};
    default:
      node.fail(fmt::format("cast to ONNX type {} is not supported", to));
  }
}

}  // namespace

std::span<const OpRule> elementwise_rules() {
  static const std::vector<OpRule> rules{
      {"LeakyRelu", 1, 1, {"alpha"}, float_to_same, kElementwise},
      {"Relu", 1, 1, {}, float_to_same, kElementwise},
      {"PRelu", 2, 2, {}, prelu, kElementwise},
      {"Elu", 1, 1, {"alpha"}, float_to_same, kElementwise},
      {"Sigmoid", 1, 1, {}, float_to_same, kElementwise},
      {"Softplus", 1, 1, {}, float_to_same, kElementwise},
      {"BatchNormalization", 5, 5, {"epsilon", "momentum"}, batch_normalization, kElementwise},
      {"Exp", 1, 1, {}, float_to_same, kElementwise},
      {"Log", 1, 1, {}, float_to_same, kElementwise},
      {"Sqrt", 1, 1, {}, float_to_same, kElementwise},
      {"Tanh", 1, 1, {}, float_to_same, kElementwise},
      {"Erf", 1, 1, {}, float_to_same, kElementwise},
      {"Neg", 1, 1, {}, number_to_same, kElementwise},
      {"Abs", 1, 1, {}, number_to_same, kElementwise},
      {"Clip", 1, 3, {}, clip, kElementwise},
      {"Mul", 2, 2, {}, binary, kElementwise},
      {"Add", 2, 2, {}, binary, kElementwise},
      {"Sub", 2, 2, {}, binary, kElementwise},
      {"Div", 2, 2, {}, binary, kElementwise},
      {"Max", 2, 2, {}, binary, kElementwise},
      {"Min", 2, 2, {}, binary, kElementwise},
      {"Pow", 2, 2, {}, binary, kElementwise},
      {"Cast", 1, 1, {"to"}, cast, kStorage},
      {"Identity", 1, 1, {}, same, kElementwise | kMovesNumbers},
      {"Dropout", 1, 1, {"seed"}, float_to_same, kElementwise | kMovesNumbers},
  };
  return rules;
}

}  // namespace octocal::model::shapes
