#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/engine/compile/constants.hpp"
#include "octocal/engine/compile/convolution_lowering.hpp"
#include "octocal/engine/compile/lowering.hpp"
#include "octocal/engine/compile/subpixel.hpp"

namespace octocal::engine {
namespace {

std::string joined_ops(const std::vector<const model::Node*>& nodes) {
  std::string ops;
  for (const auto* node : nodes) ops += (ops.empty() ? "" : "+") + node->op;
  return ops;
}

}  // namespace

void Lowering::convolution(const model::Node& node) {
  const View& input = view_of(node.inputs.at(0), node);
  model::Shape with_batch = input.shape;
  with_batch.insert(with_batch.begin(), model::kBatch);
  const auto block = find_convolution_block(graph_, node, with_batch);
  for (const auto* fused : block.nodes) fused_[fused] = true;
  const View source = in_order(input, channels_last_order(input.shape.size()), node.name);
  const bool int8_source = source.element == Element::kUint8;
  if (int8_source && !block.weights.int8.empty()) return add_int8_convolution(block, source);
  add_float32_convolution(block, as_float32(source, node.name), int8_source ? block.weights.why_not_int8 : "");
}

void Lowering::add_float32_convolution(const ConvolutionBlock& block, const View& source, const std::string& reason) {
  auto spec = float32_convolution(block);
  const auto shape = shape_of(block.output);
  const View result = new_view(shape, channels_last_order(shape.size()), Element::kFloat32);
  const auto report = add_layer({block.convolution->name, joined_ops(block.nodes), reason.empty() ? "float32" : "int8",
                                 "float32", "", reason, block.geometry.macs()});
  views_[block.output] = result;
  spec.source = source.buffer;
  spec.destination = result.buffer;
  if (!spec.transposed) {
    add_step(std::move(spec), {source.buffer}, {result.buffer}, report);
    return;
  }
  for (auto& phase : subpixel_phases(spec)) {
    const auto& convolution = phase.convolution;
    const View part = new_view({convolution.output_channels, convolution.y.output, convolution.x.output},
                               channels_last_order(3), Element::kFloat32);
    phase.convolution.destination = phase.scatter.source = part.buffer;
    phase.scatter.destination = result.buffer;
    add_step(std::move(phase.convolution), {source.buffer}, {part.buffer}, report);
    add_step(std::move(phase.scatter), {part.buffer}, {result.buffer}, report);
  }
}

void Lowering::add_int8_convolution(const ConvolutionBlock& block, const View& source) {
  std::optional<Quantization> destination;
  if (block.quantize != nullptr) destination = activation_quantization(graph_, *block.quantize);
  auto spec = int8_convolution(block, source.quantization, destination);
  auto nodes = block.nodes;
  std::string output = block.output;
  if (block.quantize != nullptr) {
    fused_[block.quantize] = true;
    nodes.push_back(block.quantize);
    output = block.quantize->outputs.at(0);
  }
  const auto shape = shape_of(output);
  const View result = new_view(shape, channels_last_order(shape.size()), spec.destination_element,
                               destination.value_or(Quantization{}));
  views_[output] = result;
  spec.source = source.buffer;
  spec.destination = result.buffer;
  const auto report =
      add_layer({block.convolution->name, joined_ops(nodes), "int8", "int8", "", "", block.geometry.macs()});
  add_step(std::move(spec), {source.buffer}, {result.buffer}, report);
}

void Lowering::gemm(const model::Node& node) {
  const View input = view_of(node.inputs.at(0), node);
  const bool is_rows = input.shape.size() == 1 && node.integer("transA", 0) == 0;
  if (!is_rows)
    throw bad_input(
        fmt::format("layer {}: Gemm whose first input is transposed or no matrix of showers; export it with "
                    "the showers as rows",
                    node.name));
  const auto weights = float_constant(graph_, node.inputs.at(1), node);
  const auto out_shape = shape_of(node.outputs.at(0));
  GemmSpec spec;
  spec.inputs = input.shape[0];
  spec.outputs = out_shape.at(0);
  const bool transposed = node.integer("transB", 0) != 0;
  const float alpha = node.real("alpha", 1.0F);
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
  const View source = as_float32(input, node.name);
  const View result = new_view(out_shape, plain_order(1), Element::kFloat32);
  spec.source = source.buffer;
  spec.destination = result.buffer;
  const auto macs = static_cast<std::uint64_t>(spec.inputs * spec.outputs);
  const auto report = add_layer({node.name, "Gemm", "float32", "float32", "", "", macs});
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

void Lowering::binary(const model::Node& node) {
  const auto shape = shape_of(node.outputs.at(0));
  const auto rank = shape.size();
  if (rank > BinarySpec::kRank)
    throw bad_input(fmt::format("layer {}: {} of values with {} axes (the engine has up to {}); reshape them first",
                                node.name, node.op, rank + 1, BinarySpec::kRank + 1));
  // The computed side, or the larger of two, decides the order of the result.
  std::string left = node.inputs.at(0);
  std::string right = node.inputs.at(1);
  const auto is_whole = [&](const std::string& value) {
    const auto found = views_.find(value);
    return found != views_.end() && found->second.shape == shape;
  };
  if (!is_whole(left)) std::swap(left, right);
  if (!is_whole(left))
    throw bad_input(fmt::format("layer {}: {} where neither side has the result's shape {}; expand one side first",
                                node.name, node.op, model::to_string(values_.at(node.outputs[0]).shape)));
  const View whole = as_float32(view_of(left, node), node.name);
  const View result = new_view(shape, whole.order, Element::kFloat32);

  // Strides of the other side along the result's axes; ONNX aligns shapes at their ends.
  BinarySpec spec;
  std::vector<std::int64_t> other(rank, 0);
  const auto align = [&](const model::Shape& theirs, const std::vector<std::int64_t>& strides) {
    for (std::size_t i = 0; i < std::min(rank, theirs.size()); ++i) {
      const std::size_t mine = rank - 1 - i;
      const std::size_t from = theirs.size() - 1 - i;
      other[mine] = theirs[from] == 1 ? 0 : strides[from];
    }
  };
  std::vector<int> reads{whole.buffer};
  if (is_float_constant(graph_, right)) {
    auto constant_shape = values_.at(right).shape;
    if (constant_shape.size() == rank + 1) {
      if (constant_shape[0] != 1)
        throw bad_input(fmt::format("layer {}: a constant of shape {} has a batch axis; export the model again",
                                    node.name, model::to_string(constant_shape)));
      constant_shape.erase(constant_shape.begin());
    }
    spec.constant = float_constant(graph_, right, node);
    View constant;
    constant.shape = constant_shape;
    constant.order = plain_order(constant_shape.size());
    align(constant_shape, constant.strides());
  } else {
    const View second = as_float32(view_of(right, node), node.name);
    align(second.shape, second.strides());
    spec.right = second.buffer;
    reads.push_back(second.buffer);
  }
  const auto own = whole.strides();
  for (std::size_t i = 0; i < rank; ++i) {
    const auto axis = static_cast<std::size_t>(whole.order[i]);
    const std::size_t position = BinarySpec::kRank - rank + i;
    spec.dims[position] = shape[axis];
    spec.left_strides[position] = own[axis];
    spec.right_strides[position] = other[axis];
  }
  spec.multiply = node.op == "Mul";
  spec.left = whole.buffer;
  spec.destination = result.buffer;
  const auto report = add_layer({node.name, node.op, "float32", "float32", "", "", 0});
  add_step(std::move(spec), reads, {result.buffer}, report);
  views_[node.outputs.at(0)] = result;
}

}  // namespace octocal::engine
