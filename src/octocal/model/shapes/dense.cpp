// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "octocal/model/shapes/rules.hpp"

namespace octocal::model::shapes {
namespace {

Value gemm(const NodeView& node) {
  for (std::size_t i = 0; i < node.inputs(); ++i) {
    if (node.has(i)) node.expect_float(i);
  }
  const Shape& a = node.input(0).shape;
  const Shape& b = node.input(1).shape;
  if (node.node().integer("transA", 0) != 0) node.fail("transA is not supported (the batch axis must come first)");
  if (a.size() != 2 || b.size() != 2) {
    node.fail(fmt::format("inputs have shapes {} and {} (expected two axes each)", to_string(a), to_string(b)));
  }
  const bool transposed = node.node().integer("transB", 0) != 0;
  const std::int64_t depth = b[transposed ? 1 : 0];
  const std::int64_t columns = b[transposed ? 0 : 1];
  if (a[1] != depth) {
    node.fail(fmt::format("input {} has {} columns, the weight {} takes {}", to_string(a), a[1], to_string(b), depth));
  }
  const Shape out{a[0], columns};
  if (node.has(2)) {
    Shape with_bias;
    if (!broadcast(out, node.input(2).shape, with_bias) || with_bias != out) {
      node.fail(fmt::format("bias has shape {}, which does not stretch to {}", to_string(node.input(2).shape),
                            to_string(out)));
    }
  }
  return {"", node.input(0).type, out};
}

Value matmul(const NodeView& node) {
  node.expect_float(0);
  node.expect_float(1);
  const Shape& a = node.input(0).shape;
  const Shape& b = node.input(1).shape;
  if (a.size() < 2 || b.size() != 2) {
    node.fail(
        fmt::format("inputs have shapes {} and {} (expected two axes or more, and two)", to_string(a), to_string(b)));
  }
  if (a.back() != b[0]) {
    node.fail(
        fmt::format("input {} does not fit the weight {} (expected {} columns)", to_string(a), to_string(b), b[0]));
  }
  Shape out = a;
  out.back() = b[1];
  return {"", node.input(0).type, out};
}

}  // namespace

std::span<const OpRule> dense_rules() {
  static const std::vector<OpRule> rules{
      {"Gemm", 2, 3, {"alpha", "beta", "transA", "transB"}, gemm, kHasMacs},
      {"MatMul", 2, 2, {}, matmul, kHasMacs},
  };
  return rules;
}

}  // namespace octocal::model::shapes
