// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/precision_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"

namespace octocal::model {

const char* name_of(Precision precision) noexcept {
  switch (precision) {
    case Precision::kFloat32:
      return "float32";
    case Precision::kFloat16:
      return "float16";
    case Precision::kBfloat16:
      return "bfloat16";
    case Precision::kInt16x12:
      return "int16x12";
    case Precision::kInt16x8:
      return "int16x8";
    case Precision::kInt8:
      return "int8";
  }
  return "?";
}

Precision parse_precision(const std::string& text) {
  for (const Precision precision : kPrecisions) {
    if (text == name_of(precision)) return precision;
  }
  throw bad_input(
      fmt::format("precision \"{}\" is not known; give float32, float16, bfloat16, int16x12, int16x8 or int8", text));
}

std::vector<std::string> plannable_layers(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) {
    if (node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm" || node.op == "MatMul") {
      names.push_back(node.name);
    }
  }
  return names;
}

PrecisionPlan uniform_plan(const Graph& graph, Precision precision) {
  PrecisionPlan plan;
  for (const std::string& layer : plannable_layers(graph)) plan[layer] = precision;
  return plan;
}

std::string to_json_text(const PrecisionPlan& plan) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [layer, precision] : plan) json[layer] = name_of(precision);
  // A name from a foreign file need not be UTF-8.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

PrecisionPlan parse_precision_plan(const std::string& json_text, const std::string& origin) {
  const auto json = nlohmann::json::parse(json_text, nullptr, false);
  if (!json.is_object()) {
    throw bad_input(
        fmt::format("{}: the precision plan is not a JSON object; give one such as {{\"dense\": \"int8\"}}", origin));
  }
  PrecisionPlan plan;
  for (const auto& [layer, precision] : json.items()) {
    if (!precision.is_string()) {
      throw bad_input(
          fmt::format("{}: the precision plan gives {} for layer {} (expected a text); give float32, float16, "
                      "bfloat16, int16x12, int16x8 or int8",
                      origin, precision.dump(), layer));
    }
    try {
      plan[layer] = parse_precision(precision.get<std::string>());
    } catch (const Error& error) {
      throw bad_input(fmt::format("{}: layer {}: {}", origin, layer, error.what()));
    }
  }
  return plan;
}

void check_plan(const PrecisionPlan& plan, const Graph& graph, const std::string& origin) {
  const auto layers = plannable_layers(graph);
  for (const auto& [layer, precision] : plan) {
    if (std::find(layers.begin(), layers.end(), layer) == layers.end()) {
      throw bad_input(
          fmt::format("{}: the precision plan names layer {}, which the model lacks (its layers are {}); name "
                      "one of these",
                      origin, layer, fmt::join(layers, ", ")));
    }
  }
}

}  // namespace octocal::model
