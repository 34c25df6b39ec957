// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/engine/compile/lowering.hpp"
#include "octocal/model/axis_selection.hpp"

namespace octocal::engine {

void Lowering::slice(const model::Node& node) {
  const View source = view_of(node.inputs.at(0), node);
  const auto constant = [&](std::size_t i) {
    return i < node.inputs.size() && !node.inputs[i].empty() ? graph_.constant(node.inputs[i]) : nullptr;
  };
  const auto axes = model::slice_axes(node, values_.at(node.inputs[0]).shape, *constant(1), *constant(2), constant(3),
                                      constant(4), origin_);
  // A copy of the part, in the order in which the whole is stored; its bytes may as well be quantized ones.
  const View result = new_view(shape_of(node.outputs.at(0)), source.order, source.element, source.quantization);
  auto spec = permute_of(result, result.order, node.name);
  auto strides = source.strides();
  for (std::size_t axis = 0; axis < strides.size(); ++axis) {
    spec.source_start += axes[axis + 1].start * strides[axis];
    strides[axis] *= axes[axis + 1].step;
  }
  std::size_t position = PermuteSpec::kRank;
  for (auto axis = result.order.rbegin(); axis != result.order.rend(); ++axis) {
    const auto a = static_cast<std::size_t>(*axis);
    if (result.shape[a] != 1) spec.source_strides[--position] = strides[a];
  }
  spec.source = source.buffer;
  spec.destination = result.buffer;
  const char* precision = precision_of(source.element);
  const auto report = add_layer({node.name, node.op, precision, precision, "", "", 0});
  add_step(std::move(spec), {source.buffer}, {result.buffer}, report);
  views_[node.outputs.at(0)] = result;
}

void Lowering::gather(const model::Node& node) {
  const View& input = view_of(node.inputs.at(0), node);
  const View source = in_order(as_float32(input, node.name), plain_order(input.shape.size()), node.name);
  const auto rank = static_cast<std::int64_t>(source.shape.size()) + 1;
  const std::int64_t given = node.integer("axis", 0);
  const auto axis = static_cast<std::size_t>((given < 0 ? given + rank : given) - 1);
  GatherSpec spec;
  spec.extent = source.shape.at(axis);
  spec.inner = source.strides()[axis];
  spec.outer = source.size() / (spec.extent * spec.inner);
  spec.indices = model::gather_indices(node, spec.extent, *graph_.constant(node.inputs.at(1)), origin_);
  const auto shape = shape_of(node.outputs.at(0));
  const View result = new_view(shape, plain_order(shape.size()), Element::kFloat32);
  spec.source = source.buffer;
  spec.destination = result.buffer;
  const auto report = add_layer({node.name, node.op, "float32", "float32", "", "", 0});
  add_step(std::move(spec), {source.buffer}, {result.buffer}, report);
  views_[node.outputs.at(0)] = result;
}

void Lowering::reduce(const model::Node& node) {
  const View source = as_float32(view_of(node.inputs.at(0), node), node.name);
  const auto* axes = node.inputs.size() > 1 && !node.inputs[1].empty() ? graph_.constant(node.inputs[1]) : nullptr;
  const auto reduced = model::reduced_axes(node, values_.at(node.inputs[0]).shape, axes, origin_);
  const auto shape = shape_of(node.outputs.at(0));
  // The result keeps the order of the axes that are left; those of size 1 may stand anywhere.
  const bool keeps = shape.size() == source.shape.size();
  std::vector<int> order;
  for (const int axis : source.order) {
    if (keeps) order.push_back(axis);
    if (keeps || reduced[static_cast<std::size_t>(axis) + 1]) continue;
    int position = 0;
    for (int before = 0; before < axis; ++before) position += reduced[static_cast<std::size_t>(before) + 1] ? 0 : 1;
    order.push_back(position);
  }
  const View result = new_view(shape, order, Element::kFloat32);

  // From the fastest axis; neighbours that are both summed over, or both kept, count as one.
  ReduceSpec spec;
  std::size_t used = 0;
  std::int64_t stride = 1;
  for (auto axis = source.order.rbegin(); axis != source.order.rend(); ++axis) {
    const auto a = static_cast<std::size_t>(*axis);
    const std::int64_t size = source.shape[a];
    if (size == 1) continue;
    const bool sums = reduced[a + 1];
    if (used > 0 && sums == (spec.destination_strides[ReduceSpec::kRank - used] == 0)) {
      spec.dims[ReduceSpec::kRank - used] *= size;
    } else {
      if (used == ReduceSpec::kRank)
        throw bad_input(
            fmt::format("layer {}: {} over axes that lie apart {} times (the engine has up to {}); "
                        "transpose the value first",
                        node.name, node.op, used + 1, ReduceSpec::kRank));
      const std::size_t position = ReduceSpec::kRank - ++used;
      spec.dims[position] = size;
      spec.destination_strides[position] = sums ? 0 : stride;
    }
    if (!sums) stride *= size;
  }
  spec.join = node.op == "ReduceMax"   ? ReduceSpec::Join::kMax
              : node.op == "ReduceMin" ? ReduceSpec::Join::kMin
                                       : ReduceSpec::Join::kSum;
  spec.outputs = result.size();
  spec.source = source.buffer;
  spec.destination = result.buffer;
  const auto report = add_layer({node.name, node.op, "float32", "float32", "", "", 0});
  add_step(spec, {source.buffer}, {result.buffer}, report);
  views_[node.outputs.at(0)] = result;
}

}  // namespace octocal::engine
