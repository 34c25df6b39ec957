// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/channel_affines.hpp"

#include <optional>
#include <set>

namespace octocal::model {
namespace {

/// A computed value and a constant of one number a channel, in either order.
struct ByChannel {
  std::string value;
  std::vector<float> numbers;
};

std::optional<ByChannel> by_channel(const Graph& graph, const Node& node, const std::map<std::string, Value>& known) {
  if (node.inputs.size() != 2) return std::nullopt;
  for (const std::size_t side : {0U, 1U}) {
    const Tensor* constant = graph.constant(node.inputs[1 - side]);
    const auto value = known.find(node.inputs[side]);
    if (constant == nullptr || constant->type != DataType::kFloat32 || value == known.end()) continue;
    const Shape& shape = value->second.shape;
    if (shape.size() < 4 || shape[1] < 2 || constant->shape.size() > shape.size()) continue;
    Shape wanted(shape.size(), 1);
    wanted[1] = shape[1];
    Shape given = constant->shape;
    while (given.size() < wanted.size()) given.insert(given.begin(), 1);
    if (given != wanted) continue;
    const auto numbers = constant->as<float>();
    return ByChannel{node.inputs[side], {numbers.begin(), numbers.end()}};
  }
  return std::nullopt;
}

/// Whether a value is what a convolution or its activation makes.
bool ends_convolution(const Graph& graph, const std::string& value) {
  const Node* producer = graph.producer(value);
  if (producer != nullptr && (producer->op == "LeakyRelu" || producer->op == "Relu"))
    producer = graph.producer(producer->inputs.at(0));
  return producer != nullptr && (producer->op == "Conv" || producer->op == "ConvTranspose");
}

}  // namespace

void join_channel_affines(Graph& graph, const std::map<std::string, Value>& known) {
  std::set<std::string> factors;  // Mul nodes that an Add has taken in
  std::set<std::string> left_over;
  for (Node& add : graph.nodes) {
    if (add.op != "Add") continue;
    const auto shift = by_channel(graph, add, known);
    const Node* mul = shift ? graph.producer(shift->value) : nullptr;
    if (mul == nullptr || mul->op != "Mul" || graph.consumers(shift->value).size() != 1) continue;
    const auto factor = by_channel(graph, *mul, known);
    if (graph.is_output(shift->value) || !factor || !ends_convolution(graph, factor->value)) continue;
    const auto channels = static_cast<std::int64_t>(shift->numbers.size());
    std::vector<std::string> inputs{factor->value};
    const auto define = [&](const char* what, std::vector<float> numbers) {
      inputs.push_back(add.name + ":" + what);
      graph.constants[inputs.back()] = make_tensor({channels}, numbers);
    };
    define("scale", factor->numbers);
    define("shift", shift->numbers);
    define("mean", std::vector<float>(shift->numbers.size(), 0.0F));
    define("variance", std::vector<float>(shift->numbers.size(), 1.0F));
    factors.insert(mul->name);
    left_over.insert(add.inputs.begin(), add.inputs.end());
    left_over.insert(mul->inputs.begin(), mul->inputs.end());
    add.op = "BatchNormalization";
    add.inputs = inputs;
    add.attributes = {{"epsilon", 0.0F}};
  }
  if (factors.empty()) return;
  std::erase_if(graph.nodes, [&](const Node& node) { return factors.contains(node.name); });
  for (const Node& node : graph.nodes)
    for (const std::string& input : node.inputs) left_over.erase(input);
  for (const std::string& name : left_over) graph.constants.erase(name);
}

}  // namespace octocal::model
