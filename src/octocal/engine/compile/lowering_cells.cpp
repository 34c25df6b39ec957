// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/engine/compile/convolution_block.hpp"
#include "octocal/engine/compile/lowering.hpp"
#include "octocal/model/float_formats.hpp"
#include "octocal/model/index_map.hpp"

// Resize, Pad and Tile. A Pad of zeros in front of convolutions becomes their padding, a Resize in front of convolutions
// of integers a repetition of cells that they know of; a chain of others becomes one copy.

namespace octocal::engine {
namespace {

/// What is stored for exactly this real number, if there is something.
std::optional<std::uint16_t> exactly_stored(float value, Element element, const Quantization& quantization) {
  if (is_16_bit_float(element)) {
    const bool half = element == Element::kFloat16;
    const std::uint16_t bits = half ? model::float16_bits(value) : model::bfloat16_bits(value);
    const float stored = half ? model::float16_value(bits) : model::bfloat16_value(bits);
    return stored == value ? std::optional(bits) : std::nullopt;
  }
  const float steps = std::nearbyint(value / quantization.scale);
  const float stored = steps + static_cast<float>(quantization.zero_point);
  if (!(stored >= 0 && stored <= static_cast<float>(quantization.most())) || steps * quantization.scale != value)
    return std::nullopt;
  return static_cast<std::uint16_t>(stored);
}

model::AxisMap chained(const model::AxisMap& first, const model::AxisMap& second) {
  if (first.empty()) return second;
  if (second.empty()) return first;
  model::AxisMap both;
  for (const std::int64_t i : second)
    both.push_back(i == model::kFilled ? model::kFilled : first[static_cast<std::size_t>(i)]);
  return both;
}

/// True if a convolution may add up the weights that meet one of the repeated cells, and should.
bool gains_by_repeats(const ConvolutionBlock& block, Element element, const model::ConvolutionGeometry::Axes& repeats) {
  const auto& g = block.geometry;
  std::int64_t added = 1;    // weights that can meet one cell
  double taps = 1, met = 1;  // of a pixel: taps, and cells that they meet on average
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (repeats[axis] > 1 && (g.stride[axis] != 1 || g.dilation[axis] != 1)) return false;
    added *= std::min(repeats[axis], g.kernel[axis]);
    taps *= static_cast<double>(g.kernel[axis]);
    met *= static_cast<double>(g.kernel[axis] - 1) / static_cast<double>(repeats[axis]) + 1;
  }
  std::int64_t largest = 0;
  for (const std::int16_t weight : block.weights.integer)
    largest = std::max(largest, std::abs(static_cast<std::int64_t>(weight)));
  if (added * largest > std::numeric_limits<std::int16_t>::max()) return false;
  // The sums have more than 8 bits, for which VNNI and AMX would do two to four times as many products at once.
  return element == Element::kUint16 || taps >= 4 * met;
}

}  // namespace

std::optional<Lowering::Margins> Lowering::convolution_margins(const model::Node& node) const {
  const std::string& value = node.outputs.at(0);
  const auto readers = graph_.consumers(value);
  if (node.op != "Pad" || readers.empty() || graph_.is_output(value)) return std::nullopt;
  const auto& shape = values_.at(node.inputs.at(0)).shape;
  const auto maps = model::index_maps(graph_, node, shape, origin_);
  if (shape.size() < 4 || !maps[1].empty() || model::fill_value(graph_, node, origin_) != 0) return std::nullopt;
  Margins margins;
  for (std::size_t axis = 2; axis < shape.size(); ++axis) {
    const auto cells =
        static_cast<std::int64_t>(maps[axis].size()) - std::count(maps[axis].begin(), maps[axis].end(), model::kFilled);
    if (!maps[axis].empty() && cells != shape[axis]) return std::nullopt;  // it crops
    const auto first = std::find(maps[axis].begin(), maps[axis].end(), 0);
    const std::int64_t before = maps[axis].empty() ? 0 : first - maps[axis].begin();
    const std::int64_t added = maps[axis].empty() ? 0 : static_cast<std::int64_t>(maps[axis].size()) - shape[axis];
    const std::size_t place = 3 - (shape.size() - 2) + (axis - 2);
    margins.before[place] = before;
    margins.after[place] = added - before;
  }
  for (const auto* reader : readers)
    if (reader->op != "Conv" || reader->inputs.at(0) != value) return std::nullopt;
  return margins;
}

std::optional<model::ConvolutionGeometry::Axes> Lowering::convolution_repeats(const model::Node& resize) const {
  const std::string& value = resize.outputs.at(0);
  if (resize.op != "Resize" || graph_.is_output(value)) return std::nullopt;
  const Element element = view_of(resize.inputs.at(0), resize).element;
  const auto& shape = values_.at(resize.inputs[0]).shape;
  if (!is_integer(element) || shape.size() < 4 || shape.size() > 5) return std::nullopt;
  const auto maps = model::index_maps(graph_, resize, shape, origin_);
  if (!maps[1].empty()) return std::nullopt;
  model::ConvolutionGeometry::Axes repeats{1, 1, 1};
  for (std::size_t axis = 2; axis < shape.size(); ++axis) {
    const auto& map = maps[axis];
    if (map.empty()) continue;
    const auto repeat = static_cast<std::int64_t>(map.size()) / shape[axis];
    if (static_cast<std::int64_t>(map.size()) != repeat * shape[axis]) return std::nullopt;
    for (std::size_t i = 0; i < map.size(); ++i)
      if (map[i] != static_cast<std::int64_t>(i) / repeat) return std::nullopt;
    repeats[3 - (shape.size() - 2) + (axis - 2)] = repeat;
  }

  std::vector<const model::Node*> convolutions;
  for (const auto* reader : graph_.consumers(value)) {
    if (reader->op == "Conv" && reader->inputs.at(0) == value) {
      convolutions.push_back(reader);
    } else if (convolution_margins(*reader)) {
      for (const auto* behind : graph_.consumers(reader->outputs.at(0))) convolutions.push_back(behind);
    } else {
      return std::nullopt;
    }
  }
  const bool all = std::all_of(convolutions.begin(), convolutions.end(), [&](const model::Node* convolution) {
    const auto block =
        find_convolution_block(graph_, *convolution, values_.at(convolution->inputs.at(0)).shape, origin_);
    return block.weights.fit(element) && gains_by_repeats(block, element, repeats);
  });
  return all && !convolutions.empty() ? std::optional(repeats) : std::nullopt;
}

void Lowering::copy_cells(const model::Node& first) {
  if (const auto margins = convolution_margins(first)) {
    margins_[first.outputs.at(0)] = *margins;
    views_[first.outputs.at(0)] = view_of(first.inputs.at(0), first);
    if (const auto repeats = repeats_.find(first.inputs[0]); repeats != repeats_.end())
      repeats_[first.outputs[0]] = repeats->second;
    return;
  }
  if (const auto repeats = convolution_repeats(first)) {
    repeats_[first.outputs.at(0)] = *repeats;
    views_[first.outputs.at(0)] = view_of(first.inputs.at(0), first);
    return;
  }
  View source = view_of(first.inputs.at(0), first);
  auto maps = model::index_maps(graph_, first, values_.at(first.inputs[0]).shape, origin_);
  std::optional<float> fill;
  if (first.op == "Pad") fill = model::fill_value(graph_, first, origin_);
  std::string ops = first.op;
  std::string output = first.outputs.at(0);
  for (;;) {
    const auto readers = graph_.consumers(output);
    if (readers.size() != 1 || graph_.is_output(output)) break;
    const model::Node& next = *readers[0];
    if (next.op != "Resize" && next.op != "Pad" && next.op != "Tile") break;
    if (next.inputs.at(0) != output || convolution_margins(next)) break;
    if (next.op == "Pad") {
      const float value = model::fill_value(graph_, next, origin_);
      if (fill && *fill != value) break;
      fill = value;
    }
    const auto more = model::index_maps(graph_, next, values_.at(output).shape, origin_);
    for (std::size_t axis = 0; axis < maps.size(); ++axis) maps[axis] = chained(maps[axis], more[axis]);
    fused_[&next] = true;
    ops += "+" + next.op;
    output = next.outputs.at(0);
  }

  const auto zero = exactly_stored(fill.value_or(0.0F), source.element, source.quantization);
  if (source.element != Element::kFloat32 && fill && !zero) source = as_float32(source, first.name);
  const View result = new_view(shape_of(output), source.order, source.element, source.quantization);
  IndexMapSpec spec;
  spec.element = source.element;
  spec.fill_float32 = fill.value_or(0.0F);
  spec.fill_integer = zero.value_or(0);
  // The fastest axes that stay as they are make the run; the others get a map each.
  auto axes = source.order;
  while (!axes.empty() && maps[static_cast<std::size_t>(axes.back()) + 1].empty()) {
    spec.inner *= source.shape[static_cast<std::size_t>(axes.back())];
    axes.pop_back();
  }
  for (auto& map : spec.from) map = {0};
  for (std::size_t position = IndexMapSpec::kRank; !axes.empty(); axes.pop_back()) {
    const auto axis = static_cast<std::size_t>(axes.back());
    if (source.shape[axis] == 1 && maps[axis + 1].empty()) continue;
    if (position == 0)
      throw bad_input(
          fmt::format("layer {}: {} of a value of shape {} (the engine moves at most {} axes); simplify the model",
                      first.name, ops, model::to_string(source.shape), IndexMapSpec::kRank));
    --position;
    spec.extent[position] = source.shape[axis];
    spec.from[position] = maps[axis + 1];
    if (!spec.from[position].empty()) continue;
    spec.from[position].resize(static_cast<std::size_t>(source.shape[axis]));
    std::iota(spec.from[position].begin(), spec.from[position].end(), std::int64_t{0});
  }
  spec.source = source.buffer;
  spec.destination = result.buffer;
  const char* precision = precision_of(source.element);
  const auto report = add_layer({first.name, ops, precision, precision, "", "", 0});
  add_step(std::move(spec), {source.buffer}, {result.buffer}, report);
  views_[output] = result;
}

}  // namespace octocal::engine
