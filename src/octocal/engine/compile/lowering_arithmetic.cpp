// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/engine/compile/constants.hpp"
#include "octocal/engine/compile/convolution_lowering.hpp"
#include "octocal/engine/compile/lowering.hpp"
#include "octocal/engine/compile/subpixel.hpp"

namespace octocal::engine {

void Lowering::convolution(const model::Node& node) {
  const View& input = view_of(node.inputs.at(0), node);
  auto block = find_convolution_block(graph_, node, values_.at(node.inputs[0]).shape, origin_);
  if (const auto margins = margins_.find(node.inputs[0]); margins != margins_.end()) {
    auto& g = block.geometry;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      g.input[axis] -= margins->second.before[axis] + margins->second.after[axis];
      g.pad_begin[axis] += margins->second.before[axis];
      g.pad_end[axis] += margins->second.after[axis];
    }
  }
  if (const auto repeats = repeats_.find(node.inputs[0]); repeats != repeats_.end()) block.repeats = repeats->second;
  for (const auto* fused : block.nodes) fused_[fused] = true;
  const View source = in_order(input, channels_last_order(input.shape.size()), node.name);
  const bool integer_source = is_integer(source.element);
  if (is_16_bit_float(source.element) && source.element == block.weights.stored)
    return add_float_convolution(block, source, source.element, "");
  if (block.weights.fit(source.element))
    return add_integer_convolution(block, source, channels_last_order(shape_of(block.output).size()));
  add_float_convolution(block, as_float32(source, node.name), source.element,
                        integer_source ? block.weights.why_not(source.element) : "");
}

void Lowering::add_float_convolution(const ConvolutionBlock& block, const View& source, Element asked,
                                     const std::string& reason) {
  auto spec = float32_convolution(block);
  spec.source_element = source.element;
  std::vector<const model::Node*> rounding;  // of the output, in the same pass
  if (source.element != Element::kFloat32) rounding = only_rounded(graph_, block.output, source.element);
  if (!rounding.empty()) spec.destination_element = source.element;
  const auto shape = shape_of(block.output);
  const View result = new_view(shape, channels_last_order(shape.size()), spec.destination_element);
  auto nodes = block.nodes;
  if (!rounding.empty()) nodes.push_back(rounding[0]);
  const char* ran = precision_of(source.element);
  const auto report =
      add_layer({block.convolution->name, joined_ops(nodes), reason.empty() ? ran : block.weights.precision(asked), ran,
                 "", reason, block.geometry.macs()});
  if (rounding.empty()) {
    views_[block.output] = result;
  } else {
    define_quantized(rounding, result);
  }
  spec.source = source.buffer;
  spec.destination = result.buffer;
  if (!spec.transposed) {
    add_step(std::move(spec), {source.buffer}, {result.buffer}, report);
    return;
  }
  for (auto& phase : subpixel_phases(spec)) {
    const auto& convolution = phase.convolution;
    const View part =
        new_view({convolution.output_channels, convolution.z.output, convolution.y.output, convolution.x.output},
                 channels_last_order(4), result.element);
    phase.scatter.element = result.element;
    phase.convolution.destination = phase.scatter.source = part.buffer;
    phase.scatter.destination = result.buffer;
    add_step(std::move(phase.convolution), {source.buffer}, {part.buffer}, report);
    add_step(std::move(phase.scatter), {part.buffer}, {result.buffer}, report);
  }
}

void Lowering::add_integer_convolution(const ConvolutionBlock& block, const View& source, std::vector<int> order) {
  std::optional<Quantization> destination;
  auto nodes = block.nodes;
  if (!block.quantize.empty()) destination = activation_quantization(graph_, *block.quantize[0]);
  // oneDNN writes no u16: a step of its own does, on every processor, so that the bytes are the same.
  if (destination && source.element == Element::kUint8 && destination->element == Element::kUint16) destination.reset();
  if (destination) nodes.push_back(block.quantize[0]);
  auto spec = integer_convolution(block, source.quantization, destination);
  const View result = new_view(shape_of(block.output), std::move(order), spec.destination_element,
                               destination.value_or(Quantization{}));
  if (destination) {
    define_quantized(block.quantize, result);
  } else {
    views_[block.output] = result;
  }
  spec.source = source.buffer;
  spec.destination = result.buffer;
  const char* precision = block.weights.precision(source.element);
  const auto report =
      add_layer({block.convolution->name, joined_ops(nodes), precision, precision, "", "", block.geometry.macs()});
  int reads = source.buffer;
  if (gains_by_joined_taps(spec)) {
    auto taps = join_taps_of(spec);
    const View joined =
        new_view({taps.joined, taps.planes, taps.y.output, taps.x.output}, channels_last_order(4), source.element);
    taps.source = source.buffer;
    reads = taps.destination = spec.source = joined.buffer;
    add_step(std::move(taps), {source.buffer}, {joined.buffer}, report);
  }
  add_step(std::move(spec), {reads}, {result.buffer}, report);
}

void Lowering::gemm(const model::Node& node) {
  const View& input = view_of(node.inputs.at(0), node);
  const bool is_gemm = node.op == "Gemm";
  if (input.shape.empty() || (is_gemm && (input.shape.size() != 1 || node.integer("transA", 0) != 0)))
    throw bad_input(
        fmt::format("layer {}: {} whose first input is transposed or no matrix of showers; export it with "
                    "the showers as rows",
                    node.name, node.op));
  std::string reason;
  const char* precision = "float32";
  // What is rounded is multiplied in float32 here as everywhere.
  if (is_16_bit_float(input.element) &&
      find_convolution_block(graph_, node, values_.at(node.inputs[0]).shape, origin_).weights.stored == input.element)
    precision = precision_of(input.element);
  if (is_integer(input.element)) {
    const auto block = find_convolution_block(graph_, node, values_.at(node.inputs[0]).shape, origin_);
    reason = block.weights.why_not(input.element);
    if (block.weights.fit(input.element)) {
      for (const auto* fused : block.nodes) fused_[fused] = true;
      return add_integer_convolution(block, in_order(input, plain_order(input.shape.size()), node.name),
                                     plain_order(input.shape.size()));
    }
  }
  const auto weights = float_constant(graph_, node.inputs.at(1), node);
  const auto out_shape = shape_of(node.outputs.at(0));
  GemmSpec spec;
  spec.inputs = input.shape.back();
  spec.outputs = out_shape.back();
  spec.rows = input.size() / spec.inputs;
  const bool transposed = is_gemm && node.integer("transB", 0) != 0;
  const float alpha = is_gemm ? node.real("alpha", 1.0F) : 1.0F;
  const float beta = node.real("beta", 1.0F);
  spec.weights.resize(weights.size());
  for (std::int64_t k = 0; k < spec.inputs; ++k)
    for (std::int64_t n = 0; n < spec.outputs; ++n) {
      const auto from = static_cast<std::size_t>(transposed ? n * spec.inputs + k : k * spec.outputs + n);
      spec.weights[static_cast<std::size_t>(k * spec.outputs + n)] = alpha * weights[from];
    }
  spec.bias.assign(static_cast<std::size_t>(spec.outputs), 0.0F);
  if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
    const auto bias = float_constant(graph_, node.inputs[2], node);
    if (bias.size() != 1 && bias.size() != spec.bias.size())
      throw bad_input(
          fmt::format("layer {}: a bias of {} numbers for {} outputs (expected one, or one each); export the "
                      "model again",
                      node.name, bias.size(), spec.bias.size()));
    for (std::size_t n = 0; n < spec.bias.size(); ++n) spec.bias[n] = beta * bias[bias.size() == 1 ? 0 : n];
  }
  const View source = in_order(as_float32(input, node.name), plain_order(input.shape.size()), node.name);
  const View result = new_view(out_shape, plain_order(out_shape.size()), Element::kFloat32);
  spec.source = source.buffer;
  spec.destination = result.buffer;
  const auto macs = static_cast<std::uint64_t>(spec.rows * spec.inputs * spec.outputs);
  const auto report = add_layer(
      {node.name, node.op, reason.empty() ? precision : precision_of(input.element), precision, "", reason, macs});
  add_step(std::move(spec), {source.buffer}, {result.buffer}, report);
  views_[node.outputs.at(0)] = result;
}

void Lowering::activation(const model::Node& node) {
  const View source = as_float32(view_of(node.inputs.at(0), node), node.name);
  const View result = new_view(source.shape, source.order, Element::kFloat32);
  const float slope = node.op == "Relu" ? 0.0F : node.real("alpha", 0.01F);
  const auto report = add_layer({node.name, node.op, "float32", "float32", "", "", 0});
  add_step(ActivationSpec{source.size(), slope, source.buffer, result.buffer}, {source.buffer}, {result.buffer},
           report);
  views_[node.outputs.at(0)] = result;
}

void Lowering::batch_norm(const model::Node& node) {
  const View source = as_float32(view_of(node.inputs.at(0), node), node.name);
  const View result = new_view(source.shape, source.order, Element::kFloat32);
  const auto affine = batch_norm_affine(graph_, node);
  AffineSpec spec;
  spec.channels = source.shape.at(0);
  spec.inner = source.strides()[0];
  spec.outer = source.size() / (spec.channels * spec.inner);
  spec.gain = affine.gain;
  spec.shift = affine.shift;
  spec.source = source.buffer;
  spec.destination = result.buffer;
  const auto report = add_layer({node.name, node.op, "float32", "float32", "", "", 0});
  add_step(std::move(spec), {source.buffer}, {result.buffer}, report);
  views_[node.outputs.at(0)] = result;
}

}  // namespace octocal::engine
