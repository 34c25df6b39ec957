// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "octocal/model/axis_selection.hpp"
#include "octocal/model/reference/operation.hpp"

namespace octocal::model::reference {
namespace {

/// Copies the cells of `in` at `first` + each of `places`.
Tensor picked(const Operation& op, std::size_t first, const std::vector<std::size_t>& places) {
  const std::size_t width = size_of(op.type);
  Tensor out{op.type, op.shape, std::vector<std::byte>(places.size() * width)};
  std::byte* to = out.bytes.data();
  for (const std::size_t place : places) {
    // Steps may be negative: their strides wrap around, and so does this sum.
    std::memcpy(to, op.input(0).bytes.data() + (first + place) * width, width);
    to += width;
  }
  return out;
}

}  // namespace

Tensor slice(const Operation& op) {
  const Tensor& in = op.input(0);
  const auto axes = slice_axes(op.node, in.shape, op.input(1), op.input(2), op.has(3) ? op.inputs[3] : nullptr,
                               op.has(4) ? op.inputs[4] : nullptr, "reference");
  auto strides = c_strides(in.shape);
  std::size_t first = 0;
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    first += static_cast<std::size_t>(axes[axis].start) * strides[axis];
    strides[axis] *= static_cast<std::size_t>(axes[axis].step);
  }
  return picked(op, first, offsets(op.shape, strides));
}

Tensor gather(const Operation& op) {
  const Tensor& in = op.input(0);
  const std::int64_t given = op.node.integer("axis", 0);
  const auto axis = static_cast<std::size_t>(given < 0 ? given + static_cast<std::int64_t>(in.shape.size()) : given);
  std::size_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= static_cast<std::size_t>(in.shape[i]);
  const std::size_t inner = c_strides(in.shape)[axis];
  const auto extent = static_cast<std::size_t>(in.shape[axis]);
  std::vector<std::size_t> places;
  for (std::size_t o = 0; o < outer; ++o)
    for (const std::int64_t index : gather_indices(op.node, in.shape[axis], op.input(1), "reference"))
      for (std::size_t i = 0; i < inner; ++i)
        places.push_back((o * extent + static_cast<std::size_t>(index)) * inner + i);
  return picked(op, 0, places);
}

namespace {

/// start, joined with each number of the input that falls on the output's cell.
template <typename Join>
Tensor reduced(const Operation& op, double start, Join join) {
  const Tensor& in = op.input(0);
  const auto reduced = reduced_axes(op.node, in.shape, op.has(1) ? op.inputs[1] : nullptr, "reference");
  Shape kept = in.shape;
  for (std::size_t axis = 0; axis < kept.size(); ++axis)
    if (reduced[axis]) kept[axis] = 1;
  auto strides = c_strides(kept);
  for (std::size_t axis = 0; axis < kept.size(); ++axis)
    if (reduced[axis]) strides[axis] = 0;
  const auto numbers = numbers_of(in);
  const auto places = offsets(in.shape, strides);
  std::vector<double> results(elements(op.shape), start);
  for (std::size_t i = 0; i < numbers.size(); ++i) results[places[i]] = join(results[places[i]], numbers[i]);
  return tensor_of(op.type, op.shape, results);
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

Tensor reduce_sum(const Operation& op) {
  return reduced(op, 0, [](double a, double b) { return a + b; });
}

// NaN wins.
Tensor reduce_max(const Operation& op) {
  return reduced(op, -kInfinity, [](double a, double b) { return std::isnan(a) || a >= b ? a : b; });
}

Tensor reduce_min(const Operation& op) {
  return reduced(op, kInfinity, [](double a, double b) { return std::isnan(a) || a <= b ? a : b; });
}

/// Over all axes: of sizes, for which alone it is there.
Tensor reduce_prod(const Operation& op) {
  double product = 1;
  for (const double number : numbers_of(op.input(0))) product *= number;
  return tensor_of(op.type, op.shape, {product});
}

}  // namespace octocal::model::reference
