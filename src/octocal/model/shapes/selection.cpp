// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "octocal/model/axis_selection.hpp"
#include "octocal/model/shapes/rules.hpp"

// Ops that take some cells of a tensor, or sums over some of its axes; what to take is always a constant.

namespace octocal::model::shapes {
namespace {

Value slice(const NodeView& node) {
  const Value& in = node.input(0);
  const auto optional = [&](std::size_t i, const char* meaning) {
    return node.has(i) ? &node.constant(i, meaning) : nullptr;
  };
  Value out{"", in.type, {}};
  for (const SliceAxis& axis : slice_axes(node.node(), in.shape, node.constant(1, "starts"), node.constant(2, "ends"),
                                          optional(3, "axes"), optional(4, "steps"), node.origin()))
    out.shape.push_back(axis.count);
  return out;
}

Value gather(const NodeView& node) {
  const Value& in = node.input(0);
  const Tensor& indices = node.constant(1, "indices");
  const std::size_t axis = node.axis(node.node().integer("axis", 0), in.shape.size());
  if (in.shape[axis] == kBatch) node.fail("it picks showers (only whole batches go through a model)");
  if (gather_indices(node.node(), in.shape[axis], indices, node.origin()).empty()) node.fail("it picks nothing");
  Value out{"", in.type, {}};
  const auto at = in.shape.begin() + static_cast<std::ptrdiff_t>(axis);
  out.shape.assign(in.shape.begin(), at);
  out.shape.insert(out.shape.end(), indices.shape.begin(), indices.shape.end());
  out.shape.insert(out.shape.end(), at + 1, in.shape.end());
  return out;
}

Value reduction(const NodeView& node) {
  node.expect_number(0);
  const Value& in = node.input(0);
  const Tensor* axes = node.has(1) ? &node.constant(1, "axes") : nullptr;
  const auto reduced = reduced_axes(node.node(), in.shape, axes, node.origin());
  const bool keep = node.node().integer("keepdims", 1) != 0;
  Value out{"", in.type, {}};
  for (std::size_t axis = 0; axis < in.shape.size(); ++axis) {
    if (!reduced[axis]) out.shape.push_back(in.shape[axis]);
    if (reduced[axis] && keep) out.shape.push_back(1);
  }
  return out;
}

}  // namespace

std::span<const OpRule> selection_rules() {
  static const std::vector<OpRule> rules{
      {"Slice", 3, 5, {}, slice, kMovesNumbers | kMovesCells},
      {"Gather", 2, 2, {"axis"}, gather, kMovesNumbers},
      {"ReduceSum", 1, 2, {"keepdims", "noop_with_empty_axes"}, reduction},
      {"ReduceMax", 1, 1, {"axes", "keepdims"}, reduction},
      {"ReduceMin", 1, 1, {"axes", "keepdims"}, reduction},
  };
  return rules;
}

}  // namespace octocal::model::shapes
