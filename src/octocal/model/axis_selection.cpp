// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/axis_selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "octocal/base/error.hpp"

namespace octocal::model {
namespace {

// Beyond every axis that can be: a start or end is brought there first, so that no sum with it overflows.
constexpr std::int64_t kFar = std::int64_t{1} << 40;
// An end that no batch reaches: exporters write the largest int32 or int64 for "to the end".
constexpr std::int64_t kEveryShower = std::numeric_limits<std::int32_t>::max();

[[noreturn]] void fail(const Node& node, const std::string& origin, const std::string& problem) {
  throw bad_input(fmt::format("{}: node {} ({}): {}; export the model again", origin, node.name, node.op, problem));
}

std::size_t axis_of(const Node& node, std::int64_t axis, const Shape& shape, const std::string& origin) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  if (axis < -rank || axis >= rank)
    fail(node, origin, fmt::format("axis {} does not exist in a tensor {}", axis, to_string(shape)));
  return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

SliceAxis slice_axis(std::int64_t extent, std::int64_t start, std::int64_t end, std::int64_t step) {
  const bool backwards = step < 0;
  const auto resolve = [&](std::int64_t at) {
    at = std::clamp(at, -kFar, kFar);
    if (at < 0) at += extent;
    return backwards ? std::clamp<std::int64_t>(at, -1, extent - 1) : std::clamp<std::int64_t>(at, 0, extent);
  };
  const std::int64_t from = resolve(start);
  const std::int64_t to = resolve(end);
  const std::int64_t way = backwards ? from - to : to - from;
  const std::int64_t stride = backwards ? -step : step;
  return {from, step, way > 0 ? (way + stride - 1) / stride : 0};
}

}  // namespace

std::vector<std::int64_t> whole_numbers(const Node& node, const Tensor& constant, const std::string& origin) {
  if (constant.type == DataType::kInt64) {
    const auto numbers = constant.as<std::int64_t>();
    return {numbers.begin(), numbers.end()};
  }
  if (constant.type == DataType::kInt32) {
    const auto numbers = constant.as<std::int32_t>();
    return {numbers.begin(), numbers.end()};
  }
  fail(node, origin, fmt::format("a list of axes or indices is {} (expected int64 or int32)", name_of(constant.type)));
}

std::vector<SliceAxis> slice_axes(const Node& node, const Shape& shape, const Tensor& starts, const Tensor& ends,
                                  const Tensor* axes, const Tensor* steps, const std::string& origin) {
  const auto from = whole_numbers(node, starts, origin);
  const auto to = whole_numbers(node, ends, origin);
  const std::size_t count = from.size();
  std::vector<std::int64_t> along;
  for (std::size_t i = 0; axes == nullptr && i < count; ++i) along.push_back(static_cast<std::int64_t>(i));
  if (axes != nullptr) along = whole_numbers(node, *axes, origin);
  const auto by = steps != nullptr ? whole_numbers(node, *steps, origin) : std::vector<std::int64_t>(count, 1);
  if (to.size() != count || along.size() != count || by.size() != count)
    fail(node, origin,
         fmt::format("{} starts, {} ends, {} axes and {} steps (expected as many of each)", count, to.size(),
                     along.size(), by.size()));

  std::vector<SliceAxis> slices;
  for (const std::int64_t extent : shape) slices.push_back({0, 1, extent});
  std::vector<bool> seen(shape.size(), false);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t axis = axis_of(node, along[i], shape, origin);
    if (seen[axis]) fail(node, origin, fmt::format("axis {} is sliced twice", axis));
    seen[axis] = true;
    if (by[i] == 0 || by[i] < -kFar || by[i] > kFar) fail(node, origin, fmt::format("step {}", by[i]));
    if (shape[axis] == kBatch) {
      if (from[i] != 0 || by[i] != 1 || to[i] < kEveryShower)
        fail(node, origin, "it takes some of the showers (only whole batches go through a model)");
      continue;
    }
    slices[axis] = slice_axis(shape[axis], from[i], to[i], by[i]);
    if (slices[axis].count == 0)
      fail(node, origin, fmt::format("nothing is left of axis {} of {}", axis, to_string(shape)));
  }
  return slices;
}

std::vector<std::int64_t> gather_indices(const Node& node, std::int64_t extent, const Tensor& indices,
                                         const std::string& origin) {
  auto found = whole_numbers(node, indices, origin);
  for (auto& index : found) {
    if (index < -extent || index >= extent)
      fail(node, origin, fmt::format("index {} of an axis of {} cells", index, extent));
    if (index < 0) index += extent;
  }
  return found;
}

std::vector<bool> reduced_axes(const Node& node, const Shape& shape, const Tensor* axes, const std::string& origin) {
  const auto listed = axes != nullptr ? whole_numbers(node, *axes, origin) : node.integers("axes", {});
  std::vector<bool> reduced(shape.size(), listed.empty() && node.integer("noop_with_empty_axes", 0) == 0);
  for (const std::int64_t axis : listed) reduced[axis_of(node, axis, shape, origin)] = true;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (reduced[axis] && shape[axis] == kBatch)
      fail(node, origin, "it sums over the showers (only sums within a shower go through a model)");
  return reduced;
}

}  // namespace octocal::model
