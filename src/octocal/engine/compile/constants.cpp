// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/constants.hpp"

#include <fmt/format.h>

#include "octocal/base/error.hpp"
#include "octocal/model/float_storage.hpp"

namespace octocal::engine {
namespace {

std::vector<float> dequantized(const QuantizedConstant& constant) {
  const auto& shape = constant.values->shape;
  std::vector<float> result(model::elements(shape));
  const auto number = [&](std::size_t i, std::size_t channel) {
    result[i] = static_cast<float>(constant.steps_at(i, channel)) * constant.scale[channel];
  };
  if (constant.scale.size() > 1) {
    for_each_along(shape, constant.axis, number);
  } else {
    for (std::size_t i = 0; i < result.size(); ++i) number(i, 0);
  }
  return result;
}

}  // namespace

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
