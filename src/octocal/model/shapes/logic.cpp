// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "octocal/model/shapes/rules.hpp"

// Comparisons, choices by them, and rounding: thresholds in a generator, and arithmetic of shapes.

namespace octocal::model::shapes {
namespace {

void stretch(const NodeView& node, Shape& shape, std::size_t i) {
  Shape both;
  if (!broadcast(shape, node.input(i).shape, both)) {
    node.fail(fmt::format("shapes {} and {} do not fit", to_string(shape), to_string(node.input(i).shape)));
  }
  shape = both;
}

void expect_bool(const NodeView& node, std::size_t i) {
  if (node.input(i).type != DataType::kBool) {
    node.fail(fmt::format("input {} is {} (expected bool)", i, name_of(node.input(i).type)));
  }
}

Value comparison(const NodeView& node) {
  node.expect_number(0);
  node.expect_number(1);
  Value out{"", DataType::kBool, node.input(0).shape};
  stretch(node, out.shape, 1);
  return out;
}

Value negation(const NodeView& node) {
  expect_bool(node, 0);
  return {"", DataType::kBool, node.input(0).shape};
}

Value junction(const NodeView& node) {
  expect_bool(node, 0);
  expect_bool(node, 1);
  Value out{"", DataType::kBool, node.input(0).shape};
  stretch(node, out.shape, 1);
  return out;
}

Value where(const NodeView& node) {
  expect_bool(node, 0);
  if (node.input(1).type != node.input(2).type) {
    node.fail(fmt::format("input 2 is {}, input 1 {} (expected one type)", name_of(node.input(2).type),
                          name_of(node.input(1).type)));
  }
  Value out{"", node.input(1).type, node.input(0).shape};
  stretch(node, out.shape, 1);
  stretch(node, out.shape, 2);
  return out;
}

Value rounding(const NodeView& node) {
  node.expect_float(0);
  return {"", node.input(0).type, node.input(0).shape};
}

Value remainder(const NodeView& node) {
  node.expect_number(0);
  node.expect_number(1);
  Value out{"", node.input(0).type, node.input(0).shape};
  stretch(node, out.shape, 1);
  return out;
}

Value product(const NodeView& node) {
  node.expect_number(0);
  if (node.node().integer("keepdims", 1) != 0) return {"", node.input(0).type, Shape(node.input(0).shape.size(), 1)};
  return {"", node.input(0).type, {}};
}

}  // namespace

std::span<const OpRule> logic_rules() {
  static const std::vector<OpRule> rules{
      {"Greater", 2, 2, {}, comparison, kElementwise},
      {"GreaterOrEqual", 2, 2, {}, comparison, kElementwise},
      {"Less", 2, 2, {}, comparison, kElementwise},
      {"LessOrEqual", 2, 2, {}, comparison, kElementwise},
      {"Equal", 2, 2, {}, comparison, kElementwise},
      {"Not", 1, 1, {}, negation, kElementwise},
      {"And", 2, 2, {}, junction, kElementwise},
      {"Or", 2, 2, {}, junction, kElementwise},
      {"Where", 3, 3, {}, where, kElementwise},
      {"Floor", 1, 1, {}, rounding, kElementwise | kConstantsOnly},
      {"Ceil", 1, 1, {}, rounding, kElementwise | kConstantsOnly},
      {"Round", 1, 1, {}, rounding, kElementwise | kConstantsOnly},
      {"Mod", 2, 2, {"fmod"}, remainder, kElementwise | kConstantsOnly},
      {"ReduceProd", 1, 1, {"keepdims"}, product, kConstantsOnly},
  };
  return rules;
}

}  // namespace octocal::model::shapes
