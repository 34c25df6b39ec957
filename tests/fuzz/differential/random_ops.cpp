// SPDX-License-Identifier: Apache-2.0
#include "fuzz/differential/random_ops.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace octocal::fuzz {

using model::Shape;

namespace {

std::int64_t random_axis(GraphBuilder& builder, const Live& value) {
  return builder.between(1, static_cast<std::int64_t>(value.shape.size()));
}

std::int64_t size_along(const Live& value, std::int64_t axis) {
  return value.shape[static_cast<std::size_t>(axis - 1)];
}

/// A constant that is broadcast along some of the value's axes; maybe along all.
std::string random_operand(GraphBuilder& builder, const Live& value, float centre, float width) {
  Shape shape = value.shape;
  if (builder.chance(0.3)) return builder.constant(Shape{}, centre, width);
  for (auto& size : shape)
    if (builder.chance(0.5)) size = 1;
  if (!shape.empty() && builder.chance(0.3)) shape.erase(shape.begin());
  return builder.constant(shape, centre, width);
}

/// The numbers of a value moved into [lowest, highest].
Live clipped(GraphBuilder& builder, const Live& value, float lowest, float highest) {
  return builder.add("Clip", {value.name, builder.constant(model::make_tensor({}, {lowest})),
                              builder.constant(model::make_tensor({}, {highest}))});
}

Live add_batch_norm(GraphBuilder& builder, const Live& value) {
  if (value.shape.empty()) throw Rejected{};
  const Shape channels{value.shape[0]};
  // Exact: variance and epsilon make a square root of 1/2, 1 or 2.
  const float square = builder.one_of<float>({0.25F, 1, 4});
  const auto variance =
      builder.exact() ? builder.constant(channels, square * 0.75F, 0) : builder.constant(channels, 1, 0.2F);
  const Extent extent = extent_of(builder.value(value.name));
  builder.require_exact(8 * (extent.largest + 2) + 4, std::min(extent.step, -2) - 3);
  return builder.add("BatchNormalization",
                     {value.name, builder.constant(channels, 1, 0.5F), builder.constant(channels, 0, 0.5F),
                      builder.constant(channels, 0, 0.5F), variance},
                     {{"epsilon", builder.exact() ? square * 0.25F : 1e-3F}});
}

Live add_transpose(GraphBuilder& builder, const Live& value) {
  Integers order(value.shape.size() + 1);
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size() - 1; i > 1; --i)
    std::swap(order[i], order[static_cast<std::size_t>(builder.between(1, static_cast<std::int64_t>(i)))]);
  return builder.add("Transpose", {value.name}, {{"perm", order}});
}

Live add_reshape(GraphBuilder& builder, const Live& value) {
  auto left = static_cast<std::int64_t>(model::elements(value.shape));
  Integers sizes{builder.chance(0.5) ? -1 : 0};
  const auto axes = builder.between(1, 4);
  for (std::int64_t axis = 1; axis < axes; ++axis) {
    std::vector<std::int64_t> divisors;
    for (std::int64_t d = 1; d <= std::min<std::int64_t>(left, 12); ++d)
      if (left % d == 0) divisors.push_back(d);
    sizes.push_back(builder.one_of(divisors));
    left /= sizes.back();
  }
  sizes.push_back(left);
  return builder.add("Reshape", {value.name, builder.integers(sizes)});
}

Live add_slice(GraphBuilder& builder, const Live& value) {
  const auto axis = random_axis(builder, value);
  const auto size = size_along(value, axis);
  const auto start = builder.between(0, size - 1), end = builder.between(start + 1, size);
  const auto step = builder.between(1, 3);
  if (builder.chance(0.2))  // backwards
    return builder.add("Slice", {value.name, builder.integers({end - 1}), builder.integers({start - size - 1}),
                                 builder.integers({axis}), builder.integers({-step})});
  return builder.add("Slice", {value.name, builder.integers({builder.chance(0.5) ? start : start - size}),
                               builder.integers({end}), builder.integers({axis}), builder.integers({step})});
}

Live add_gather(GraphBuilder& builder, const Live& value) {
  const auto axis = random_axis(builder, value);
  const auto size = size_along(value, axis);
  Integers indices(static_cast<std::size_t>(builder.between(1, 7)));
  for (auto& index : indices) index = builder.between(-size, size - 1);
  return builder.add("Gather", {value.name, builder.integers(indices)}, {{"axis", axis}});
}

Live add_pad(GraphBuilder& builder, const Live& value) {
  const std::size_t axes = value.shape.size() + 1;
  Integers pads(2 * axes, 0);
  for (std::size_t i = 0; i < pads.size(); ++i)
    if (i % axes != 0 && builder.chance(0.5)) pads[i] = builder.between(-1, 3);
  std::vector<std::string> inputs{value.name, builder.integers(pads)};
  const auto mode = builder.one_of<std::string>({"constant", "constant", "constant", "edge", "reflect", "wrap"});
  if (mode == "constant" && builder.chance(0.4)) inputs.push_back(builder.constant(Shape{}, 0, 1));
  return builder.add("Pad", inputs, {{"mode", mode}});
}

Live add_resize(GraphBuilder& builder, const Live& value) {
  std::vector<float> factors{1};
  for (std::size_t axis = 0; axis < value.shape.size(); ++axis) {
    const bool channels = axis == 0 && value.shape.size() > 1;
    factors.push_back(channels || builder.chance(0.3) ? 1 : static_cast<float>(builder.between(1, 3)));
    if (!channels && builder.chance(0.1)) factors.back() = 0.75F + 0.5F * factors.back();
  }
  const auto count = static_cast<std::int64_t>(factors.size());
  Attributes attributes{{"mode", std::string("nearest")}};
  if (builder.chance(0.7)) {
    attributes["coordinate_transformation_mode"] =
        builder.one_of<std::string>({"asymmetric", "half_pixel", "pytorch_half_pixel", "align_corners"});
    attributes["nearest_mode"] =
        builder.one_of<std::string>({"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"});
  }
  return builder.add("Resize", {value.name, "", builder.constant(model::make_tensor({count}, factors))}, attributes);
}

Live add_tile(GraphBuilder& builder, const Live& value) {
  Integers repeats{1};
  for (std::size_t axis = 0; axis < value.shape.size(); ++axis)
    repeats.push_back(builder.chance(0.6) ? 1 : builder.between(1, 3));
  return builder.add("Tile", {value.name, builder.integers(repeats)});
}

Live add_concat(GraphBuilder& builder, const Live& value, const std::vector<Live>& others) {
  const auto axis = random_axis(builder, value);
  std::vector<std::string> inputs{value.name};
  for (const auto& other : others) {
    bool fits = other.shape.size() == value.shape.size() && builder.chance(0.7);
    for (std::size_t a = 0; fits && a < value.shape.size(); ++a)
      fits = static_cast<std::int64_t>(a) + 1 == axis || other.shape[a] == value.shape[a];
    if (fits) inputs.push_back(other.name);
  }
  if (builder.chance(0.5)) std::reverse(inputs.begin(), inputs.end());
  return builder.add("Concat", inputs,
                     {{"axis", builder.chance(0.8) ? axis : axis - 1 - static_cast<std::int64_t>(value.shape.size())}});
}

}  // namespace

Live add_activation(GraphBuilder& builder, const Live& value) {
  const Extent extent = extent_of(builder.value(value.name));
  builder.require_exact(2 * extent.largest, extent.step - 3);
  const auto kind = builder.between(0, 5);
  if (kind == 0) return builder.add("Relu", {value.name});
  if (kind == 1) {
    Shape slopes(value.shape.size(), 1);
    if (!slopes.empty() && builder.chance(0.7)) slopes[0] = value.shape[0];
    return builder.add("PRelu", {value.name, builder.constant(slopes, 0.25F, builder.exact() ? 0.5F : 0.1F)});
  }
  if (kind <= 3) return add_batch_norm(builder, value);
  return builder.add("LeakyRelu", {value.name},
                     {{"alpha", builder.one_of<float>({0.25F, 0.25F, 0.125F, 0.5F, 0, 2, -0.5F})}});
}

Live add_exact_function(GraphBuilder& builder, const Live& value) {
  switch (builder.between(0, 4)) {
    case 0:
      return builder.add("Neg", {value.name});
    case 1:
      return builder.add("Abs", {value.name});
    case 2: {
      const float middle = builder.number(0, 1);
      return clipped(builder, value, middle - 1, middle + 2);
    }
    case 3:
      return builder.add(builder.one_of<std::string>({"Identity", "Dropout"}), {value.name});
    default: {
      const auto comparison =
          builder.one_of<std::string>({"Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"});
      // Equal of numbers that are rounded is chance.
      const auto picked = builder.add(builder.exact() || comparison != "Equal" ? comparison : "Less",
                                      {value.name, random_operand(builder, value, 0, 1)});
      return builder.add("Where", {picked.name, value.name, random_operand(builder, value, 0, 1)});
    }
  }
}

Live add_rounded_function(GraphBuilder& builder, const Live& value) {
  const auto op =
      builder.one_of<std::string>({"Exp", "Log", "Sqrt", "Tanh", "Sigmoid", "Softplus", "Erf", "Elu", "Div", "Pow"});
  const bool positive = op == "Log" || op == "Sqrt" || op == "Pow";
  const Live tame = clipped(builder, value, positive ? 0.25F : -4, 4);
  if (op == "Div") return builder.add(op, {tame.name, random_operand(builder, tame, 8, 1)});
  if (op == "Pow") return builder.add(op, {tame.name, builder.constant(Shape{}, 1.5F, 0.5F)});
  return builder.add(op, {tame.name});
}

Live add_pair(GraphBuilder& builder, const Live& value, const std::vector<Live>& others) {
  const auto op = builder.one_of<std::string>({"Add", "Sub", "Mul", "Max", "Min"});
  std::string other = random_operand(builder, value, op == "Mul" ? 1.0F : 0.0F, 1);
  if (!others.empty() && builder.chance(0.6)) other = builder.one_of(others).name;
  const Extent a = extent_of(builder.value(value.name)), b = extent_of(builder.value(other));
  if (op == "Mul")
    builder.require_exact(a.largest * b.largest, a.step + b.step);
  else
    builder.require_exact(a.largest + b.largest, std::min(a.step, b.step));
  const bool turned = builder.chance(0.5);
  return builder.add(op, {turned ? other : value.name, turned ? value.name : other});
}

Live add_move(GraphBuilder& builder, const Live& value, const std::vector<Live>& others) {
  if (value.shape.empty()) throw Rejected{};
  Live moved;
  switch (builder.between(0, 7)) {
    case 0:
      moved = add_transpose(builder, value);
      break;
    case 1:
      moved = add_reshape(builder, value);
      break;
    case 2:
      moved = add_slice(builder, value);
      break;
    case 3:
      moved = add_gather(builder, value);
      break;
    case 4:
      moved = add_pad(builder, value);
      return moved;  // what is padded with need not be on the grid of a quantized value
    case 5:
      moved = add_resize(builder, value);
      break;
    case 6:
      moved = add_tile(builder, value);
      break;
    default:
      return add_concat(builder, value, others);
  }
  moved.bits = value.bits;
  moved.scale = value.scale;
  return moved;
}

Live add_reduction(GraphBuilder& builder, const Live& value) {
  if (value.shape.empty()) throw Rejected{};
  const auto op = builder.one_of<std::string>({"ReduceSum", "ReduceSum", "ReduceMax", "ReduceMin"});
  Integers axes;
  double count = 1;
  for (std::int64_t axis = 1; axis <= static_cast<std::int64_t>(value.shape.size()); ++axis) {
    if (!builder.chance(0.5)) continue;
    axes.push_back(axis);
    count *= static_cast<double>(size_along(value, axis));
  }
  if (axes.empty()) throw Rejected{};
  const std::int64_t keep = builder.between(0, 1);
  if (op != "ReduceSum") return builder.add(op, {value.name}, {{"axes", axes}, {"keepdims", keep}});
  const Extent extent = extent_of(builder.value(value.name));
  builder.require_exact(count * extent.largest, extent.step);
  return builder.add(op, {value.name, builder.integers(axes)}, {{"keepdims", keep}});
}

}  // namespace octocal::fuzz
