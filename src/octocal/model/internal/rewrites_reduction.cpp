// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "octocal/model/internal/moments.hpp"
#include "octocal/model/internal/rewriting.hpp"

// Sums, means and norms over axes: in the end ReduceSum and ReduceMax, whose axes may not hold the showers.

namespace octocal::model {

std::string reduced(Rewriting& at, const std::string& op, const std::string& value, const Shape& axes, bool keep) {
  const std::map<std::string, Attribute> attributes{{"keepdims", std::int64_t{keep ? 1 : 0}}};
  if (op == "ReduceSum") return at.add(op, {value, at.integers(axes)}, attributes);
  return at.add(op, {value}, {{"axes", axes}, {"keepdims", std::int64_t{keep ? 1 : 0}}});
}

std::string mean_of(Rewriting& at, const std::string& value, const Shape& shape, const Shape& axes, bool keep) {
  std::int64_t cells = 1;
  for (const std::int64_t axis : axes) {
    const std::int64_t size = shape[at.axis(axis, shape.size())];
    if (size < 1) at.fail("it averages over the showers (only means within a shower go through a model)");
    cells *= size;
  }
  return at.add("Mul", {reduced(at, "ReduceSum", value, axes, keep), at.number(1.0F / static_cast<float>(cells))});
}

namespace {

struct Reduction {
  Shape axes;
  Shape shape;  ///< of the input
  bool keep = true;
  bool idle = false;  ///< noop_with_empty_axes
};

/// Axes are an input since opset 18 (ReduceSum: 13), an attribute before; without them it is all.
std::optional<Reduction> reduction_of(Rewriting& at) {
  const Value* in = at.value(0);
  const auto given = at.list(1);
  if (in == nullptr || (at.has(1) && !given)) return std::nullopt;
  Reduction reduction{given ? *given : at.node().integers("axes", {}), in->shape, at.node().integer("keepdims", 1) != 0,
                      false};
  if (!reduction.axes.empty()) return reduction;
  reduction.idle = at.node().integer("noop_with_empty_axes", 0) != 0;
  for (std::size_t axis = 0; axis < in->shape.size(); ++axis) reduction.axes.push_back(static_cast<std::int64_t>(axis));
  return reduction;
}

bool finished(Rewriting& at, const std::string& value) {
  at.finish_with(value);
  return true;
}

bool plain(Rewriting& at) {
  const Node& node = at.node();
  const bool by_input = node.op == "ReduceSum";
  if (by_input
          ? !node.attributes.contains("axes") && !node.attributes.contains("noop_with_empty_axes") && at.constant(1)
          : node.inputs.size() == 1 && !node.attributes.contains("noop_with_empty_axes"))
    return false;
  const auto reduction = reduction_of(at);
  if (!reduction) return false;
  if (reduction->idle) return finished(at, at.input(0));
  const std::int64_t keep = reduction->keep ? 1 : 0;
  if (by_input) {
    at.finish(node.op, {at.input(0), at.integers(reduction->axes)}, {{"keepdims", keep}});
  } else {
    at.finish(node.op, {at.input(0)}, {{"axes", reduction->axes}, {"keepdims", keep}});
  }
  return true;
}

bool mean(Rewriting& at) {
  const auto reduction = reduction_of(at);
  if (!reduction) return false;
  const std::string& x = at.input(0);
  return finished(at, reduction->idle ? x : mean_of(at, x, reduction->shape, reduction->axes, reduction->keep));
}

/// A norm: of each cell first, then the sum, then of the sum.
template <typename Before, typename After>
bool norm(Rewriting& at, Before before, After after) {
  const auto reduction = reduction_of(at);
  if (!reduction) return false;
  const auto cells = before(at.input(0));
  return finished(at,
                  after(reduction->idle ? cells : reduced(at, "ReduceSum", cells, reduction->axes, reduction->keep)));
}

bool sum_of_squares(Rewriting& at) {
  return norm(
      at,
      [&](const std::string& x) {
        return at.add("Mul", {x, x});
      },
      [](const std::string& sum) { return sum; });
}

bool euclidean(Rewriting& at) {
  return norm(
      at,
      [&](const std::string& x) {
        return at.add("Mul", {x, x});
      },
      [&](const std::string& sum) { return at.add("Sqrt", {sum}); });
}

bool sum_of_magnitudes(Rewriting& at) {
  return norm(
      at, [&](const std::string& x) { return at.add("Abs", {x}); }, [](const std::string& sum) { return sum; });
}

/// The mean or largest of each channel.
bool pool(Rewriting& at) {
  const Value* in = at.value(0);
  if (in == nullptr) return false;
  Shape axes;
  for (std::size_t axis = 2; axis < in->shape.size(); ++axis) axes.push_back(static_cast<std::int64_t>(axis));
  const std::string& x = at.input(0);
  return finished(at, at.node().op == "GlobalMaxPool" ? reduced(at, "ReduceMax", x, axes, true)
                                                      : mean_of(at, x, in->shape, axes, true));
}

/// exp(x - m) / sum, m the largest along the axis; before opset 13 along all axes from there on. Or its logarithm.
bool softmax(Rewriting& at) {
  const Value* in = at.value(0);
  if (in == nullptr) return false;
  const auto rank = in->shape.size();
  const std::size_t first = at.axis(at.node().integer("axis", at.opset() < 13 ? 1 : -1), rank);
  Shape axes{static_cast<std::int64_t>(first)};
  for (std::size_t axis = first + 1; at.opset() < 13 && axis < rank; ++axis)
    axes.push_back(static_cast<std::int64_t>(axis));
  const std::string& x = at.input(0);
  const auto below = at.add("Sub", {x, reduced(at, "ReduceMax", x, axes, true)});
  const auto powers = at.add("Exp", {below});
  const auto sum = reduced(at, "ReduceSum", powers, axes, true);
  if (at.node().op == "Softmax") {
    at.finish("Div", {powers, sum});
  } else {
    at.finish("Sub", {below, at.add("Log", {sum})});
  }
  return true;
}

}  // namespace

std::span<const FileOp> reduction_file_ops() {
  static const std::vector<FileOp> ops{
      {"ReduceSum", 11, {"axes", "keepdims", "noop_with_empty_axes"}, plain},
      {"ReduceMax", 11, {"axes", "keepdims", "noop_with_empty_axes"}, plain},
      {"ReduceMin", 11, {"axes", "keepdims", "noop_with_empty_axes"}, plain},
      {"ReduceMean", 11, {"axes", "keepdims", "noop_with_empty_axes"}, mean},
      {"ReduceSumSquare", 11, {"axes", "keepdims", "noop_with_empty_axes"}, sum_of_squares},
      {"ReduceL1", 11, {"axes", "keepdims", "noop_with_empty_axes"}, sum_of_magnitudes},
      {"ReduceL2", 11, {"axes", "keepdims", "noop_with_empty_axes"}, euclidean},
      {"GlobalAveragePool", 11, {}, pool},
      {"GlobalMaxPool", 11, {}, pool},
      {"Softmax", 11, {"axis"}, softmax},
      {"LogSoftmax", 11, {"axis"}, softmax},
  };
  return ops;
}

}  // namespace octocal::model
