// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/index_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "octocal/base/error.hpp"
#include "octocal/model/axis_selection.hpp"

namespace octocal::model {
namespace {

constexpr std::int64_t kLargestExtent = 1 << 20;

[[noreturn]] void fail(const Node& node, const std::string& origin, const std::string& problem) {
  throw bad_input(fmt::format("{}: node {} ({}): {}; export the model again", origin, node.name, node.op, problem));
}

bool is_given(const Tensor* tensor) { return tensor != nullptr && !tensor->bytes.empty(); }

/// Where the centre of an output cell lies on the input's axis.
using Coordinate = std::function<float(float at, float scale, std::int64_t input, std::int64_t output)>;
Coordinate coordinate_of(const Node& node, const std::string& origin) {
  const std::string mode = node.text("coordinate_transformation_mode", "half_pixel");
  if (mode == "asymmetric") return [](float at, float scale, auto, auto) { return at / scale; };
  if (mode == "tf_half_pixel_for_nn") return [](float at, float scale, auto, auto) { return (at + 0.5F) / scale; };
  if (mode == "half_pixel") return [](float at, float scale, auto, auto) { return (at + 0.5F) / scale - 0.5F; };
  if (mode == "pytorch_half_pixel")
    return
        [](float at, float scale, auto, std::int64_t output) { return output > 1 ? (at + 0.5F) / scale - 0.5F : 0.0F; };
  if (mode == "align_corners")
    return [](float at, auto, std::int64_t input, std::int64_t output) {
      return output == 1 ? 0.0F : at * static_cast<float>(input - 1) / static_cast<float>(output - 1);
    };
  fail(node, origin,
       fmt::format("coordinate_transformation_mode {} is not supported (expected asymmetric, half_pixel, "
                   "pytorch_half_pixel, tf_half_pixel_for_nn or align_corners)",
                   mode));
}

using Rounding = float (*)(float);
Rounding rounding_of(const Node& node, const std::string& origin) {
  const std::string mode = node.text("nearest_mode", "round_prefer_floor");
  if (mode == "floor") return [](float x) { return std::floor(x); };
  if (mode == "ceil") return [](float x) { return std::ceil(x); };
  if (mode == "round_prefer_floor") return [](float x) { return std::ceil(x - 0.5F); };
  if (mode == "round_prefer_ceil") return [](float x) { return std::floor(x + 0.5F); };
  fail(node, origin, fmt::format("nearest_mode {} does not exist", mode));
}

/// Sizes of the output and the factors that coordinates are divided by.
struct Target {
  Shape size;
  std::vector<float> scale;
};
Target target_of(const Node& node, const Shape& input, const Tensor* scales, const Tensor* sizes,
                 const std::string& origin) {
  if (is_given(scales) == is_given(sizes)) fail(node, origin, "expected either scales or sizes as constants");
  Target target;
  if (is_given(sizes)) {
    target.size = whole_numbers(node, *sizes, origin);
    if (target.size.size() != input.size())
      fail(node, origin, fmt::format("{} sizes for an input {}", target.size.size(), to_string(input)));
    for (std::size_t axis = 0; axis < input.size(); ++axis)
      target.scale.push_back(
          input[axis] == kBatch ? 1.0F : static_cast<float>(target.size[axis]) / static_cast<float>(input[axis]));
    return target;
  }
  if (scales->type != DataType::kFloat32 || scales->as<float>().size() != input.size())
    fail(node, origin,
         fmt::format("scales are {} {} for an input {} (expected a float32 an axis)", name_of(scales->type),
                     to_string(scales->shape), to_string(input)));
  for (std::size_t axis = 0; axis < input.size(); ++axis) {
    const float scale = scales->as<float>()[axis];
    if (!(scale > 0) || scale > static_cast<float>(kLargestExtent)) fail(node, origin, fmt::format("scale {}", scale));
    target.scale.push_back(scale);
    const auto extent = static_cast<float>(input[axis]);
    target.size.push_back(input[axis] == kBatch ? (scale == 1 ? 1 : 0)
                                                : static_cast<std::int64_t>(std::floor(extent * scale)));
  }
  return target;
}

/// What a Pad puts at index `at`, which lies outside an axis of `extent` cells.
using Outside = std::int64_t (*)(std::int64_t at, std::int64_t extent);
Outside outside_of(const Node& node, const std::string& origin) {
  const std::string mode = node.text("mode", "constant");
  if (mode == "constant") return [](std::int64_t, std::int64_t) { return kFilled; };
  if (mode == "edge") return [](std::int64_t at, std::int64_t extent) { return at < 0 ? 0 : extent - 1; };
  if (mode == "wrap") return [](std::int64_t at, std::int64_t extent) { return ((at % extent) + extent) % extent; };
  if (mode == "reflect")
    return [](std::int64_t at, std::int64_t extent) {
      const std::int64_t period = std::max<std::int64_t>(2 * (extent - 1), 1);
      const std::int64_t within = ((at % period) + period) % period;
      return within < extent ? within : period - within;
    };
  fail(node, origin, fmt::format("mode {} does not exist (expected constant, edge, reflect or wrap)", mode));
}

bool is_identity(const AxisMap& map, std::int64_t extent) {
  if (static_cast<std::int64_t>(map.size()) != extent) return false;
  for (std::int64_t i = 0; i < extent; ++i)
    if (map[static_cast<std::size_t>(i)] != i) return false;
  return true;
}

}  // namespace

std::vector<AxisMap> resize_maps(const Node& node, const Shape& input, const Tensor* scales, const Tensor* sizes,
                                 const std::string& origin) {
  if (const auto mode = node.text("mode", "nearest"); mode != "nearest")
    fail(node, origin, fmt::format("mode {} is not supported (expected nearest, which copies cells)", mode));
  const auto coordinate = coordinate_of(node, origin);
  const auto rounded = rounding_of(node, origin);
  const auto target = target_of(node, input, scales, sizes, origin);
  std::vector<AxisMap> maps(input.size());
  for (std::size_t axis = 0; axis < input.size(); ++axis) {
    const std::int64_t size = target.size[axis];
    if (input[axis] == kBatch) {
      // Exporters that fix the batch at 1 write that 1 here, too; kBatch is what a resolved Shape says.
      if (size != 1 && size != kBatch) fail(node, origin, "it resizes the batch axis");
      continue;
    }
    if (size < 1 || size > kLargestExtent)
      fail(node, origin, fmt::format("output would have size {} along axis {}", size, axis));
    for (std::int64_t i = 0; i < size; ++i) {
      const float at = coordinate(static_cast<float>(i), target.scale[axis], input[axis], size);
      maps[axis].push_back(std::clamp<std::int64_t>(static_cast<std::int64_t>(rounded(at)), 0, input[axis] - 1));
    }
    if (is_identity(maps[axis], input[axis])) maps[axis].clear();
  }
  return maps;
}

std::vector<AxisMap> pad_maps(const Node& node, const Shape& input, const Tensor& pads, const std::string& origin) {
  const auto outside = outside_of(node, origin);
  const auto numbers = whole_numbers(node, pads, origin);
  const std::size_t rank = input.size();
  if (numbers.size() != 2 * rank)
    fail(node, origin,
         fmt::format("{} pads for an input {} (expected {})", numbers.size(), to_string(input), 2 * rank));
  std::vector<AxisMap> maps(rank);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t before = numbers[axis];
    const std::int64_t after = numbers[rank + axis];
    if (before == 0 && after == 0) continue;
    if (input[axis] == kBatch) fail(node, origin, "it pads the batch axis");
    const bool sane = std::abs(before) <= kLargestExtent && std::abs(after) <= kLargestExtent;
    const std::int64_t size = sane ? before + input[axis] + after : 0;
    if (size < 1 || size > kLargestExtent)
      fail(node, origin, fmt::format("pads {} and {} along axis {} of {}", before, after, axis, to_string(input)));
    for (std::int64_t i = 0; i < size; ++i) {
      const std::int64_t at = i - before;
      maps[axis].push_back(at < 0 || at >= input[axis] ? outside(at, input[axis]) : at);
    }
  }
  return maps;
}

std::vector<AxisMap> tile_maps(const Node& node, const Shape& input, const Tensor& repeats, const std::string& origin) {
  const auto times = whole_numbers(node, repeats, origin);
  if (times.size() != input.size())
    fail(node, origin, fmt::format("{} repeats for an input {}", times.size(), to_string(input)));
  std::vector<AxisMap> maps(input.size());
  for (std::size_t axis = 0; axis < input.size(); ++axis) {
    if (times[axis] == 1) continue;
    if (input[axis] == kBatch) fail(node, origin, "it repeats the showers");
    if (times[axis] < 1 || input[axis] < 1 || times[axis] > kLargestExtent / input[axis])
      fail(node, origin, fmt::format("{} repeats along axis {} of {}", times[axis], axis, to_string(input)));
    for (std::int64_t i = 0; i < times[axis] * input[axis]; ++i) maps[axis].push_back(i % input[axis]);
  }
  return maps;
}

Shape mapped_shape(const Shape& input, const std::vector<AxisMap>& maps) {
  Shape shape = input;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (!maps[axis].empty()) shape[axis] = static_cast<std::int64_t>(maps[axis].size());
  return shape;
}

std::vector<AxisMap> index_maps(const Graph& graph, const Node& node, const Shape& input, const std::string& origin) {
  const auto constant = [&](std::size_t i) -> const Tensor* {
    if (i >= node.inputs.size() || node.inputs[i].empty()) return nullptr;
    const Tensor* tensor = graph.constant(node.inputs[i]);
    if (tensor == nullptr)
      fail(node, origin,
           fmt::format("input {} ({}) is computed by the graph (expected a constant)", i, node.inputs[i]));
    return tensor;
  };
  if (node.op == "Resize") return resize_maps(node, input, constant(2), constant(3), origin);
  const Tensor* pads = constant(1);
  if (pads == nullptr) fail(node, origin, "input 1 is missing");
  if (node.op == "Tile") return tile_maps(node, input, *pads, origin);
  return pad_maps(node, input, *pads, origin);
}

float fill_value(const Graph& graph, const Node& pad, const std::string& origin) {
  if (pad.inputs.size() < 3 || pad.inputs[2].empty()) return 0;
  const Tensor* value = graph.constant(pad.inputs[2]);
  if (value == nullptr || value->type != DataType::kFloat32 || value->as<float>().size() != 1)
    fail(pad, origin, "what it fills with is not one constant float32");
  return value->as<float>()[0];
}

}  // namespace octocal::model
