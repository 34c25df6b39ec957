// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/constants.hpp"

#include <fmt/format.h>

#include "octocal/base/error.hpp"
#include "octocal/model/float_storage.hpp"

namespace octocal::engine {
namespace {

std::vector<float> dequantized(const QuantizedConstant& constant) {
  const auto& shape = constant.values->shape;
  const bool per_axis = constant.scale.size() > 1;
  const auto channel =
      per_axis ? indices_along(shape, constant.axis) : std::vector<std::size_t>(model::elements(shape), 0);
  std::vector<float> result(channel.size());
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<float>(constant.steps_at(i, channel[i])) * constant.scale[channel[i]];
  return result;
}

}  // namespace

std::vector<std::size_t> indices_along(const model::Shape& shape, std::size_t axis) {
  std::size_t inner = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= static_cast<std::size_t>(shape[i]);
  const auto extent = static_cast<std::size_t>(shape[axis]);
  std::vector<std::size_t> indices(model::elements(shape));
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = i / inner % extent;
  return indices;
}

QuantizedConstant quantized_constant(const model::Graph& graph, const std::string& value) {
  QuantizedConstant result;
  const auto* node = graph.producer(value);
  if (node == nullptr || node->op != "DequantizeLinear") return result;
  const auto* values = graph.constant(node->inputs.at(0));
  const auto* scale = graph.constant(node->inputs.at(1));
  if (values == nullptr || scale == nullptr || scale->type != model::DataType::kFloat32) return result;
  if (values->type == model::DataType::kFloat32 || values->type == model::DataType::kInt64) return result;
  if (node->inputs.size() > 2 && !node->inputs[2].empty()) {
    result.zero_point = graph.constant(node->inputs[2]);
    if (result.zero_point == nullptr) return result;
  }
  const auto rank = static_cast<std::int64_t>(values->shape.size());
  const std::int64_t axis = node->integer("axis", 1);
  result.axis = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
  result.scale = scale->as<float>();
  result.values = values;
  result.node = node;
  return result;
}

bool is_float_constant(const model::Graph& graph, const std::string& value) {
  const auto* constant = graph.constant(value);
  if (constant != nullptr) return constant->type == model::DataType::kFloat32;
  return model::stored_constant(graph, value) != nullptr || quantized_constant(graph, value).node != nullptr;
}

std::vector<float> float_constant(const model::Graph& graph, const std::string& value, const model::Node& user) {
  if (const auto* constant = graph.constant(value); constant != nullptr) {
    if (constant->type == model::DataType::kFloat32) {
      const auto numbers = constant->as<float>();
      return {numbers.begin(), numbers.end()};
    }
    throw bad_input(
        fmt::format("layer {}: constant {} is {} (the engine computes with float32 and int8 weights); export "
                    "the model in float32 or quantize it",
                    user.name, value, model::name_of(constant->type)));
  }
  if (const auto* stored = model::stored_constant(graph, value); stored != nullptr) {
    const auto wide = model::widened(*stored);
    const auto numbers = wide.as<float>();
    return {numbers.begin(), numbers.end()};
  }
  if (const auto quantized = quantized_constant(graph, value); quantized.node != nullptr) return dequantized(quantized);
  throw bad_input(
      fmt::format("layer {}: {} is not a constant (the engine packs weights when it compiles); export the "
                  "model with constant weights",
                  user.name, value));
}

}  // namespace octocal::engine
