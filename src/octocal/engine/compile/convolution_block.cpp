// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/convolution_block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>

#include "octocal/base/error.hpp"
#include "octocal/engine/compile/constants.hpp"
#include "octocal/engine/compile/convolution_weights.hpp"
#include "octocal/model/float_storage.hpp"

namespace octocal::engine {
namespace {

bool optional_input(const model::Node& node, std::size_t index) {
  return node.inputs.size() > index && !node.inputs[index].empty();
}

/// Gemm's bias may be one number for all outputs, and has a factor.
void spread_bias(const model::Node& dense, ConvolutionBlock& block) {
  if (block.bias.empty()) return;
  const auto outputs = static_cast<std::size_t>(block.geometry.output_channels);
  if (block.bias.size() != 1 && block.bias.size() != outputs)
    throw bad_input(
        fmt::format("layer {}: a bias of {} numbers for {} outputs (expected one, or one each); export the "
                    "model again",
                    dense.name, block.bias.size(), outputs));
  if (block.bias.size() != outputs) block.bias.assign(outputs, block.bias[0]);
  const float beta = dense.real("beta", 1.0F);
  for (float& number : block.bias) number *= beta;
}

/// True if there is an activation of another slope already. oneDNN 2.6 takes the first one's slope for all behind a
/// convolution, whatever stands between them.
bool has_other_slope(const std::vector<PostOp>& post_ops, float slope) {
  return std::any_of(post_ops.begin(), post_ops.end(),
                     [&](const PostOp& op) { return !op.is_affine && op.slope != slope; });
}

}  // namespace

Quantization activation_quantization(const model::Graph& graph, const model::Node& node) {
  const auto* scale = graph.constant(node.inputs.at(1));
  const auto* zero_point = optional_input(node, 2) ? graph.constant(node.inputs[2]) : nullptr;
  if (scale == nullptr || scale->type != model::DataType::kFloat32 || scale->as<float>().size() != 1 ||
      (optional_input(node, 2) && zero_point == nullptr))
    throw bad_input(
        fmt::format("layer {}: {} of an activation needs one constant float32 scale and zero point; quantize "
                    "activations per tensor",
                    node.name, node.op));
  Quantization result;
  result.scale = scale->as<float>()[0];
  if (!(result.scale > 0) || !std::isfinite(result.scale))
    throw bad_input(fmt::format("layer {}: scale {} (expected a positive number); quantize the model again", node.name,
                                result.scale));
  if (zero_point == nullptr) return result;  // ONNX: u8 with zero point 0
  if (zero_point->type == model::DataType::kUint8) {
    result.zero_point = zero_point->as<std::uint8_t>()[0];
  } else if (zero_point->type == model::DataType::kInt8) {
    result.zero_point = zero_point->as<std::int8_t>()[0] + 128;
  } else if (zero_point->type == model::DataType::kUint16) {
    result.zero_point = zero_point->as<std::uint16_t>()[0];
    result.element = Element::kUint16;
  } else if (zero_point->type == model::DataType::kInt16) {
    result.zero_point = zero_point->as<std::int16_t>()[0] + 32768;
    result.element = Element::kUint16;
  } else {
    throw bad_input(fmt::format(
        "layer {}: activations quantized to {} (the engine has uint8, int8, uint16 and int16); quantize the "
        "model with one of them",
        node.name, model::name_of(zero_point->type)));
  }
  return result;
}

PostOp batch_norm_affine(const model::Graph& graph, const model::Node& node) {
  const auto gamma = float_constant(graph, node.inputs.at(1), node);
  const auto beta = float_constant(graph, node.inputs.at(2), node);
  const auto mean = float_constant(graph, node.inputs.at(3), node);
  const auto variance = float_constant(graph, node.inputs.at(4), node);
  const double epsilon = static_cast<double>(node.real("epsilon", 1e-5F));
  PostOp affine;
  affine.is_affine = true;
  for (std::size_t c = 0; c < gamma.size(); ++c) {
    const double gain = static_cast<double>(gamma[c]) / std::sqrt(static_cast<double>(variance[c]) + epsilon);
    affine.gain.push_back(static_cast<float>(gain));
    affine.shift.push_back(static_cast<float>(static_cast<double>(beta[c]) - static_cast<double>(mean[c]) * gain));
  }
  return affine;
}

std::vector<const model::Node*> only_quantized(const model::Graph& graph, const std::string& value) {
  const auto readers = graph.consumers(value);
  if (readers.empty() || graph.is_output(value)) return {};
  const auto type_of = [&](const model::Node& node) {
    return optional_input(node, 2) && graph.constant(node.inputs[2]) != nullptr ? graph.constant(node.inputs[2])->type
                                                                                : model::DataType::kUint8;
  };
  for (const auto* reader : readers)
    if (reader->op != "QuantizeLinear" || reader->inputs.at(0) != value) return {};
  const auto& first = *readers[0];
  for (const auto* reader : readers)
    if (activation_quantization(graph, *reader) != activation_quantization(graph, first) ||
        type_of(*reader) != type_of(first))
      return {};
  return readers;
}

std::optional<Element> rounding_of(const model::Node& node) {
  const auto type = model::cast_to_16_bit_float(node);
  if (!type) return std::nullopt;
  return *type == model::DataType::kFloat16 ? Element::kFloat16 : Element::kBfloat16;
}

std::vector<const model::Node*> only_rounded(const model::Graph& graph, const std::string& value, Element element) {
  auto readers = graph.consumers(value);
  const bool all = std::all_of(readers.begin(), readers.end(),
                               [&](const model::Node* reader) { return rounding_of(*reader) == element; });
  if (!all || graph.is_output(value)) return {};
  return readers;
}

ConvolutionBlock find_convolution_block(const model::Graph& graph, const model::Node& convolution,
                                        const model::Shape& input, const std::string& origin) {
  ConvolutionBlock block;
  block.convolution = &convolution;
  const bool dense = convolution.op == "Gemm" || convolution.op == "MatMul";
  if (dense) {
    const auto rows = std::accumulate(input.begin() + 1, input.end() - 1, std::int64_t{1}, std::multiplies<>());
    block.weights = read_dense_weights(graph, convolution, rows, block.geometry);
  } else {
    block.weights = read_convolution_weights(graph, convolution, input, block.geometry, origin);
  }
  if (optional_input(convolution, 2)) block.bias = float_constant(graph, convolution.inputs[2], convolution);
  if (dense) spread_bias(convolution, block);
  block.nodes.push_back(&convolution);
  block.output = convolution.outputs.at(0);

  while (!graph.is_output(block.output)) {
    block.quantize = only_quantized(graph, block.output);
    const auto readers = graph.consumers(block.output);
    if (!block.quantize.empty() || readers.size() != 1 || readers[0]->inputs.at(0) != block.output) break;
    const model::Node& next = *readers[0];
    if (next.op == "LeakyRelu" || next.op == "Relu") {
      PostOp activation;
      activation.slope = next.op == "Relu" ? 0.0F : next.real("alpha", 0.01F);
      if (has_other_slope(block.post_ops, activation.slope)) break;
      block.post_ops.push_back(activation);
    } else if (next.op == "BatchNormalization" && !(dense && input.size() > 2)) {
      block.post_ops.push_back(batch_norm_affine(graph, next));
    } else if (next.op != "Identity" && next.op != "Dropout") {
      break;
    }
    block.nodes.push_back(&next);
    block.output = next.outputs.at(0);
  }
  return block;
}

}  // namespace octocal::engine
