// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "octocal/base/error.hpp"
#include "octocal/model/float_formats.hpp"
#include "octocal/model/graph.hpp"
#include "octocal/model/shapes/rules.hpp"

namespace octocal::model {
namespace {

constexpr int kOpset = 13;
// A value of more cells a shower than this (1 GiB of float32) is a damaged file, not a detector.
constexpr std::int64_t kMostElements = std::int64_t{1} << 28;
constexpr std::size_t kMostNodes = 10000;

[[noreturn]] void fail(const std::string& origin, const std::string& problem) {
  throw bad_input(fmt::format("{}: {}; export the model again", origin, problem));
}

void check_size(const std::string& origin, const Value& value) {
  std::int64_t product = 1;
  for (const std::int64_t size : value.shape) {
    if (size == kBatch) continue;
    if (size < 0) fail(origin, fmt::format("value {} has shape {}", value.name, to_string(value.shape)));
    if (size > kMostElements || (size > 0 && product > kMostElements / size)) {
      fail(origin, fmt::format("value {} has shape {} (more than {} cells a shower)", value.name,
                               to_string(value.shape), kMostElements));
    }
    product *= size;
  }
}

template <typename T, typename ToFloat>
void check_finite(const std::string& origin, const std::string& name, const Tensor& tensor, ToFloat to_float) {
  const auto numbers = tensor.as<T>();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const float number = to_float(numbers[i]);
    if (!std::isfinite(number)) {
      throw bad_input(
          fmt::format("{}: weight {} holds {} at position {} (all weights must be finite); train or export "
                      "the model again",
                      origin, name, number, i));
    }
  }
}

void check_constant(const std::string& origin, const std::string& name, const Tensor& tensor) {
  for (const std::int64_t size : tensor.shape) {
    if (size < 0) fail(origin, fmt::format("constant {} has shape {}", name, to_string(tensor.shape)));
  }
  check_size(origin, {name, tensor.type, tensor.shape});
  if (tensor.bytes.size() != elements(tensor.shape) * size_of(tensor.type)) {
    fail(origin, fmt::format("constant {} of shape {} holds {} bytes (expected {})", name, to_string(tensor.shape),
                             tensor.bytes.size(), elements(tensor.shape) * size_of(tensor.type)));
  }
  if (tensor.type == DataType::kFloat32) check_finite<float>(origin, name, tensor, [](float x) { return x; });
  if (tensor.type == DataType::kFloat16) check_finite<std::uint16_t>(origin, name, tensor, float16_value);
  if (tensor.type == DataType::kBfloat16) check_finite<std::uint16_t>(origin, name, tensor, bfloat16_value);
}

/// Checks a node against its op's rule, apart from shapes.
const shapes::OpRule& check_node(const std::string& origin, const Graph& graph, const Node& node,
                                 const std::map<std::string, Value>& known) {
  const shapes::OpRule* rule = shapes::find_rule(node.op);
  if (rule == nullptr) {
    throw bad_input(
        fmt::format("{}: node {}: op {} is not supported; export the model with the ops that octocal knows "
                    "(docs/formats.md)",
                    origin, node.name, node.op));
  }
  const auto fail_node = [&](const std::string& problem) {
    fail(origin, fmt::format("node {} ({}): {}", node.name, node.op, problem));
  };
  if (node.inputs.size() < rule->least_inputs || node.inputs.size() > rule->most_inputs) {
    const auto expected = rule->least_inputs == rule->most_inputs
                              ? fmt::format("{}", rule->least_inputs)
                              : fmt::format("{} to {}", rule->least_inputs, rule->most_inputs);
    fail_node(fmt::format("{} inputs (expected {})", node.inputs.size(), expected));
  }
  if (node.outputs.size() != 1 || node.outputs[0].empty()) {
    fail_node(fmt::format("{} outputs (expected 1)", node.outputs.size()));
  }
  for (const auto& [attribute, value] : node.attributes) {
    if (std::find(rule->attributes.begin(), rule->attributes.end(), attribute) == rule->attributes.end()) {
      fail_node(fmt::format("attribute {} is not supported", attribute));
    }
  }
  for (const std::string& input : node.inputs) {
    if (!input.empty() && !known.contains(input)) {
      fail_node(fmt::format("input {} is produced by no earlier node (expected topological order)", input));
    }
  }
  if (rule->has(shapes::kConstantsOnly)) {
    for (const std::string& input : node.inputs) {
      if (graph.constant(input) == nullptr) {
        fail_node(fmt::format("input {} is computed from the showers (the op is known of constants alone)", input));
      }
    }
  }
  return *rule;
}

void check_outputs(const std::string& origin, const Graph& graph, const std::map<std::string, Value>& known) {
  if (graph.outputs.empty()) fail(origin, "the graph has no output");
  for (const Value& output : graph.outputs) {
    const auto found = known.find(output.name);
    if (found == known.end()) fail(origin, fmt::format("output {} is produced by no node", output.name));
    if (found->second.type != output.type || found->second.shape != output.shape) {
      fail(origin, fmt::format("output {} is {} {}, the nodes give {} {}", output.name, name_of(output.type),
                               to_string(output.shape), name_of(found->second.type), to_string(found->second.shape)));
    }
  }
}

}  // namespace

std::map<std::string, Value> infer_shapes(const Graph& graph, const std::string& origin) {
  if (graph.opset != kOpset) {
    throw bad_input(fmt::format("{}: the graph has the form of opset {} (expected {}); read it from an ONNX file",
                                origin, graph.opset, kOpset));
  }
  std::map<std::string, Value> known;
  for (const auto& [name, tensor] : graph.constants) {
    check_constant(origin, name, tensor);
    known[name] = {name, tensor.type, tensor.shape};
  }
  for (const Value& input : graph.inputs) {
    if (input.name.empty()) fail(origin, "an input has no name");
    check_size(origin, input);
    if (!known.emplace(input.name, input).second) fail(origin, fmt::format("value {} is defined twice", input.name));
  }
  if (graph.nodes.size() > kMostNodes) {
    fail(origin, fmt::format("the graph has {} nodes (expected at most {})", graph.nodes.size(), kMostNodes));
  }
  std::set<std::string> node_names;
  for (const Node& node : graph.nodes) {
    const shapes::OpRule& rule = check_node(origin, graph, node, known);
    if (!node_names.insert(node.name).second) fail(origin, fmt::format("two nodes are named {}", node.name));
    Value output = rule.output(shapes::NodeView(graph, node, known, origin));
    output.name = node.outputs[0];
    check_size(origin, output);
    if (!known.emplace(output.name, output).second) fail(origin, fmt::format("value {} is defined twice", output.name));
  }
  check_outputs(origin, graph, known);
  return known;
}

}  // namespace octocal::model
