// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "octocal/model/internal/rewriting.hpp"

// Arithmetic of shapes: what is fixed once the sizes are. Shape itself is worked out in simplify.cpp.

namespace octocal::model {
namespace {

// Larger constants are no weights of a generator.
constexpr std::int64_t kMostFilledElements = std::int64_t{1} << 24;

bool constant(Rewriting& at) {
  const Node& node = at.node();
  if (!node.inputs.empty() || node.attributes.size() != 1) at.fail("expected one attribute and no input");
  const auto& [name, value] = *node.attributes.begin();
  std::string made;
  if (const auto* held = std::get_if<Tensor>(&value)) {
    made = at.constant(*held);
  } else if (const auto* real = std::get_if<float>(&value)) {
    made = at.number(*real);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    made = at.constant(make_tensor(DataType::kInt64, {}, std::span<const std::int64_t>(integer, 1)));
  } else if (const auto* reals = std::get_if<std::vector<float>>(&value)) {
    made = at.constant(make_tensor({static_cast<std::int64_t>(reals->size())}, *reals));
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value)) {
    made = at.integers(*integers);
  } else {
    at.fail(fmt::format("attribute {} is not supported", name));
  }
  at.finish("Identity", {made});
  return true;
}

/// A tensor of one number. An axis of the number of showers gets one cell, which is broadcast where it is used.
bool constant_of_shape(Rewriting& at) {
  const auto sizes = at.list(0);
  if (!sizes) return false;
  Shape shape = *sizes;
  std::int64_t cells = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis == 0 && shape[axis] == Rewriting::kShowers) shape[axis] = 1;
    if (shape[axis] < 0 || shape[axis] > kMostFilledElements || cells * shape[axis] > kMostFilledElements)
      at.fail(fmt::format("a constant of shape {} (expected at most {} numbers)", Rewriting::text(*sizes),
                          kMostFilledElements));
    cells *= shape[axis];
  }
  Tensor fill = make_tensor({1}, {0.0F});
  if (const auto value = at.node().attributes.find("value"); value != at.node().attributes.end()) {
    const auto* given = std::get_if<Tensor>(&value->second);
    if (given == nullptr || given->bytes.size() != size_of(given->type)) at.fail("attribute value is not one number");
    fill = *given;
  }
  Tensor filled{fill.type, shape, {}};
  filled.bytes.reserve(static_cast<std::size_t>(cells) * fill.bytes.size());
  for (std::int64_t i = 0; i < cells; ++i)
    filled.bytes.insert(filled.bytes.end(), fill.bytes.begin(), fill.bytes.end());
  at.finish("Identity", {at.constant(std::move(filled))});
  return true;
}

/// start, start + delta, ... below limit.
bool range(Rewriting& at) {
  const Tensor* ends[3] = {at.constant(0), at.constant(1), at.constant(2)};
  for (const Tensor* end : ends)
    if (end == nullptr || end->bytes.size() != size_of(end->type) || end->type != ends[0]->type) return false;
  const auto count_of = [&](double start, double limit, double delta) {
    const double count = std::ceil((limit - start) / delta);
    if (!(count <= static_cast<double>(kMostFilledElements))) at.fail("a list without end, or a very long one");
    return static_cast<std::size_t>(std::max(count, 0.0));
  };
  if (ends[0]->type == DataType::kFloat32) {
    const float start = ends[0]->as<float>()[0];
    const float delta = ends[2]->as<float>()[0];
    std::vector<float> numbers(
        count_of(static_cast<double>(start), static_cast<double>(ends[1]->as<float>()[0]), static_cast<double>(delta)));
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = start + static_cast<float>(i) * delta;
    at.finish("Identity", {at.constant(make_tensor({static_cast<std::int64_t>(numbers.size())}, numbers))});
    return true;
  }
  if (ends[0]->type != DataType::kInt64) return false;
  const std::int64_t start = ends[0]->as<std::int64_t>()[0];
  const std::int64_t delta = ends[2]->as<std::int64_t>()[0];
  Shape numbers(count_of(static_cast<double>(start), static_cast<double>(ends[1]->as<std::int64_t>()[0]),
                         static_cast<double>(delta)));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = start + static_cast<std::int64_t>(i) * delta;
  at.finish("Identity", {at.integers(numbers)});
  return true;
}

/// Of all numbers: of the sizes of a shape.
bool reduce_prod(Rewriting& at) {
  const Value* in = at.value(0);
  const auto given = at.list(1);
  if (in == nullptr || (at.has(1) && !given)) return false;
  const Shape axes = given ? *given : at.node().integers("axes", {});
  if (!axes.empty() && axes.size() != in->shape.size()) at.fail("a product over some of the axes is not supported");
  at.finish("ReduceProd", {at.input(0)}, {{"keepdims", at.node().integer("keepdims", 1)}});
  return true;
}

}  // namespace

std::span<const FileOp> shape_file_ops() {
  static const std::vector<FileOp> ops{
      {"Constant", 11, {"value", "value_float", "value_floats", "value_int", "value_ints"}, constant},
      {"ConstantOfShape", 11, {"value"}, constant_of_shape},
      {"Range", 11, {}, range},
      {"ReduceProd", 11, {"axes", "keepdims", "noop_with_empty_axes"}, reduce_prod},
      // Worked out in simplify.cpp, which knows the shapes.
      {"Shape", 11, {"start", "end"}, [](Rewriting&) { return false; }},
      {"Size", 11, {}, [](Rewriting&) { return false; }},
  };
  return ops;
}

}  // namespace octocal::model
