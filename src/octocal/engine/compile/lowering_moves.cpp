// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/engine/compile/lowering.hpp"
#include "octocal/model/float_storage.hpp"

namespace octocal::engine {
namespace {

LayerReport move_report(const std::string& layer, const std::string& ops, Element element) {
  return {layer, ops, precision_of(element), precision_of(element), "", "", 0};
}

std::vector<int> axes_above_one(const model::Shape& shape) {
  std::vector<int> axes;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] != 1) axes.push_back(static_cast<int>(axis));
  return axes;
}

/// The order of a Reshape's output in its input's memory, where each axis is split into some or made of some that are
/// neighbours there, too. Nothing where numbers would have to move.
std::optional<std::vector<int>> order_without_moves(const View& before, const model::Shape& shape) {
  std::vector<int> stored;  // axes above one, slowest first
  for (const int axis : before.order)
    if (before.shape[static_cast<std::size_t>(axis)] != 1) stored.push_back(axis);
  std::vector<std::vector<int>> becomes(before.shape.size());
  const auto old_axes = axes_above_one(before.shape), new_axes = axes_above_one(shape);
  for (std::size_t i = 0, j = 0; i < old_axes.size() || j < new_axes.size();) {
    std::vector<int> from, to;
    std::int64_t sizes = 1, wanted = 1;
    do {
      const bool take_old = from.empty() || (!to.empty() && sizes < wanted);
      if (take_old ? i == old_axes.size() : j == new_axes.size()) return std::nullopt;
      if (take_old) {
        from.push_back(old_axes[i++]);
        sizes *= before.shape[static_cast<std::size_t>(from.back())];
      } else {
        to.push_back(new_axes[j++]);
        wanted *= shape[static_cast<std::size_t>(to.back())];
      }
    } while (to.empty() || sizes != wanted);
    if (from.size() > 1 && to.size() > 1) return std::nullopt;
    const auto first = std::find(stored.begin(), stored.end(), from[0]);
    if (static_cast<std::size_t>(stored.end() - first) < from.size() || !std::equal(from.begin(), from.end(), first))
      return std::nullopt;
    becomes[static_cast<std::size_t>(from[0])] = to;
  }
  std::vector<int> order;
  for (const int axis : stored) {
    const auto& parts = becomes[static_cast<std::size_t>(axis)];
    order.insert(order.end(), parts.begin(), parts.end());
  }
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] == 1) order.push_back(static_cast<int>(axis));
  return order;
}

}  // namespace

View Lowering::in_order(const View& view, const std::vector<int>& order, const std::string& layer) {
  View result = view;
  result.order = order;
  if (view.stored_as(order)) return result;
  auto spec = permute_of(view, order, layer);
  std::vector<std::int64_t> key(spec.dims.begin(), spec.dims.end());
  key.insert(key.end(), spec.source_strides.begin(), spec.source_strides.end());
  const auto [entry, is_new] = reordered_.try_emplace({view.buffer, key}, -1);
  if (is_new) {
    entry->second = new_view(view.shape, order, view.element).buffer;
    spec.source = view.buffer;
    spec.destination = entry->second;
    const auto report = add_layer(move_report(layer + "/reorder", "reorder", view.element));
    add_step(std::move(spec), {view.buffer}, {entry->second}, report);
  }
  result.buffer = entry->second;
  return result;
}

View Lowering::as_float32(const View& view, const std::string& layer) {
  if (view.element == Element::kFloat32) return view;
  View result = view;
  result.element = Element::kFloat32;
  // The copy keeps the numbers where they were, so one copy serves every view of the buffer.
  const auto found = dequantized_.find(view.buffer);
  if (found != dequantized_.end() && found->second.quantization == view.quantization) {
    result.buffer = found->second.buffer;
    return result;
  }
  result.buffer = new_view(view.shape, view.order, Element::kFloat32).buffer;
  if (is_integer(view.element)) {
    const auto report = add_layer({layer + "/dequantize", "DequantizeLinear", "float32", "float32", "", "", 0});
    add_step(DequantizeSpec{view.size(), view.quantization, view.buffer, result.buffer}, {view.buffer}, {result.buffer},
             report);
  } else {
    const auto report = add_layer({layer + "/widen", "Cast", "float32", "float32", "", "", 0});
    add_step(WidenSpec{view.size(), view.element, view.buffer, result.buffer}, {view.buffer}, {result.buffer}, report);
  }
  View kept = result;
  kept.quantization = view.quantization;
  dequantized_[view.buffer] = kept;
  return result;
}

void Lowering::transpose(const model::Node& node) {
  View view = view_of(node.inputs.at(0), node);
  const auto rank = view.shape.size();
  std::vector<std::int64_t> reversed;
  for (std::size_t axis = rank + 1; axis-- > 0;) reversed.push_back(static_cast<std::int64_t>(axis));
  const auto perm = node.integers("perm", reversed);
  if (perm.at(0) != 0)
    throw bad_input(
        fmt::format("layer {}: Transpose moves the batch axis; export the model with the batch first", node.name));
  model::Shape shape(rank);
  std::vector<int> position(rank);  // old axis -> new axis
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const auto from = static_cast<std::size_t>(perm[axis + 1] - 1);
    shape[axis] = view.shape[from];
    position[from] = static_cast<int>(axis);
  }
  for (int& axis : view.order) axis = position[static_cast<std::size_t>(axis)];
  view.shape = shape;
  views_[node.outputs.at(0)] = view;
}

void Lowering::reshape(const model::Node& node) {
  if (const auto sum = drawn_sums_.find(node.inputs.at(0)); sum != drawn_sums_.end()) {
    drawn_sums_[node.outputs.at(0)] = sum->second;
    return;
  }
  const View& before = view_of(node.inputs.at(0), node);
  const auto shape = shape_of(node.outputs.at(0));
  if (const auto order = order_without_moves(before, shape)) {
    View view = before;
    view.shape = shape;
    view.order = *order;
    views_[node.outputs.at(0)] = view;
    return;
  }
  View view = in_order(before, plain_order(before.shape.size()), node.name);
  view.shape = shape;
  view.order = plain_order(view.shape.size());
  if (view.size() != before.size())
    throw bad_input(fmt::format(
        "layer {}: Reshape moves numbers between showers; export the model with the batch first", node.name));
  views_[node.outputs.at(0)] = view;
}

void Lowering::concat(const model::Node& node) {
  const auto shape = shape_of(node.outputs.at(0));
  const auto rank = static_cast<std::int64_t>(shape.size());
  std::int64_t axis = node.integer("axis", 1);
  if (axis < 0) axis += rank + 1;
  if (axis == 0)
    throw bad_input(
        fmt::format("layer {}: Concat along the batch axis; export the model with the batch first", node.name));
  const auto along = static_cast<std::size_t>(axis - 1);

  std::vector<View> parts;
  for (const auto& input : node.inputs) parts.push_back(view_of(input, node));
  // What is quantized behind the Concat may as well be quantized in front of it: then bytes move.
  const auto quantize = only_quantized(graph_, node.outputs.at(0));
  if (!quantize.empty()) {
    const auto to = activation_quantization(graph_, *quantize[0]);
    for (std::size_t i = 0; i < parts.size(); ++i)
      parts[i] = requantized(parts[i], to, fmt::format("{}/quantize{}", node.name, i));
  }
  const bool moves_bytes = std::all_of(parts.begin(), parts.end(), [&](const View& part) {
    return part.element != Element::kFloat32 && part.element == parts[0].element &&
           part.quantization == parts[0].quantization;
  });
  if (!moves_bytes)
    for (auto& part : parts) part = as_float32(part, node.name);

  // Convolutions read channels last; what no convolution made (drawn cells) stays as it lies.
  const bool is_plain = std::all_of(parts.begin(), parts.end(),
                                    [](const View& part) { return part.stored_as(plain_order(part.shape.size())); });
  const auto order = rank == 3 && !is_plain ? channels_last_order(3) : plain_order(shape.size());
  const View whole = new_view(shape, order, parts[0].element, parts[0].quantization);
  const auto strides = whole.strides();
  const auto report = add_layer(move_report(node.name, "Concat", whole.element));
  std::int64_t done = 0;
  for (const View& part : parts) {
    PermuteSpec spec = permute_of(part, order, node.name);
    // Same walk, but into the slice of the whole.
    std::size_t position = PermuteSpec::kRank;
    for (auto axis_in_order = order.rbegin(); axis_in_order != order.rend(); ++axis_in_order) {
      const auto a = static_cast<std::size_t>(*axis_in_order);
      if (part.shape[a] != 1) spec.destination_strides[--position] = strides[a];
    }
    spec.destination_start = done * strides[along];
    done += part.shape[along];
    spec.source = part.buffer;
    spec.destination = whole.buffer;
    add_step(std::move(spec), {part.buffer}, {whole.buffer}, report);
  }
  views_[node.outputs.at(0)] = whole;
  define_quantized(quantize, whole);
}

void Lowering::quantize(const model::Node& node) {
  views_[node.outputs.at(0)] =
      requantized(view_of(node.inputs.at(0), node), activation_quantization(graph_, node), node.name);
}

void Lowering::dequantize(const model::Node& node) {
  View view = view_of(node.inputs.at(0), node);
  view.quantization = activation_quantization(graph_, node);
  views_[node.outputs.at(0)] = view;
}

bool Lowering::cast(const model::Node& node) {
  const View& source = view_of(node.inputs.at(0), node);
  const auto from = values_.at(node.inputs[0]).type;
  const auto to = values_.at(node.outputs.at(0)).type;
  const auto is_float = [](model::DataType type) {
    return type == model::DataType::kFloat32 || model::is_16_bit_float(type);
  };
  // What was computed in 16 bits, rather than rounded to them, is not what the engine computes.
  const bool stored_so = from == model::DataType::kFloat16    ? source.element == Element::kFloat16
                         : from == model::DataType::kBfloat16 ? source.element == Element::kBfloat16
                                                              : true;
  if (!stored_so) return false;
  const auto element = rounding_of(node);
  if (element && is_float(from)) {
    if (source.element == *element) {
      views_[node.outputs[0]] = source;
      return true;
    }
    const View wide = as_float32(source, node.name);
    const View result = new_view(wide.shape, wide.order, *element);
    const auto report = add_layer(move_report(node.name, "Cast", *element));
    add_step(RoundSpec{wide.size(), *element, wide.buffer, result.buffer}, {wide.buffer}, {result.buffer}, report);
    views_[node.outputs[0]] = result;
    return true;
  }
  // A bool is stored as 0 or 1 in float32; what is stored in 16 bits stays so until somebody needs more.
  const bool widens = to == model::DataType::kFloat32 && (is_float(from) || from == model::DataType::kBool);
  if (!widens && from != to) return false;
  views_[node.outputs[0]] = source;
  return true;
}

}  // namespace octocal::engine
