// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/integer_convolutions.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "octocal/model/float_storage.hpp"

namespace octocal::model {
namespace {

/// The DequantizeLinear of scale 1 and one zero point that makes `value`; nullptr if something else does.
const Node* unit_steps(const Graph& graph, const std::string& value) {
  const auto* node = graph.producer(value);
  if (node == nullptr || node->op != "DequantizeLinear" || node->inputs.size() < 3) return nullptr;
  const auto* scale = graph.constant(node->inputs[1]);
  if (scale == nullptr || elements(scale->shape) != 1 || scale->as<float>()[0] != 1.0F) return nullptr;
  const auto* zero = graph.constant(node->inputs[2]);
  const bool has_8_bits = zero != nullptr && (zero->type == DataType::kUint8 || zero->type == DataType::kInt8);
  return has_8_bits ? node : nullptr;
}

}  // namespace

Graph with_integer_convolutions(const Graph& graph) {
  Graph result = graph;
  result.nodes.clear();
  bool any = false;
  for (const Node& node : graph.nodes) {
    const bool plain = node.op == "Conv" && node.inputs.size() == 2;
    const Node* values = plain ? unit_steps(graph, node.inputs[0]) : nullptr;
    const Node* weights = plain ? unit_steps(graph, node.inputs[1]) : nullptr;
    if (values == nullptr || weights == nullptr || graph.constant(weights->inputs[0]) == nullptr) {
      result.nodes.push_back(node);
      continue;
    }
    any = true;
    const auto sums = node.name + ".int32";
    result.nodes.push_back({node.name,
                            "ConvInteger",
                            {values->inputs[0], weights->inputs[0], values->inputs[2], weights->inputs[2]},
                            {sums},
                            node.attributes});
    result.nodes.push_back(
        {node.name + "/to_float32", "Cast", {sums}, node.outputs, {{"to", cast_target(DataType::kFloat32)}}});
  }
  if (!any) return graph;
  std::erase_if(result.nodes, [&](const Node& node) {
    return node.op == "DequantizeLinear" && unit_steps(graph, node.outputs[0]) != nullptr &&
           !result.is_output(node.outputs[0]) && result.consumers(node.outputs[0]).empty();
  });
  std::erase_if(result.constants, [&](const auto& constant) { return result.consumers(constant.first).empty(); });
  return result;
}

}  // namespace octocal::model
