// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/op_by_op_form.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "octocal/model/index_map.hpp"
#include "octocal/model/shapes/rules.hpp"
#include "octocal/quant/channel_affine.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {
namespace {

// With a kernel of int8 in TensorFlow Lite (its 8-bit quantization specification), besides ops that move numbers.
constexpr std::array<std::string_view, 19> kIntegerOps{
    "Conv",      "ConvTranspose", "Gemm", "MatMul", "Add",     "Sub",    "Mul",       "Max",       "Min",      "Relu",
    "LeakyRelu", "PRelu",         "Elu",  "Tanh",   "Sigmoid", "Concat", "ReduceSum", "ReduceMax", "ReduceMin"};

bool is_convolution(const model::Node& node) { return node.op == "Conv" || node.op == "ConvTranspose"; }

bool is_float32_constant(const model::Graph& graph, const std::string& value) {
  const auto* constant = graph.constant(value);
  return constant != nullptr && constant->type == model::DataType::kFloat32;
}

bool has_integer_kernel(const model::Graph& graph, const model::Node& node) {
  if (keeps_grid(graph, node)) return true;
  if (std::find(kIntegerOps.begin(), kIntegerOps.end(), node.op) == kIntegerOps.end()) return false;
  const bool weighted = model::shapes::has_trait(node.op, model::shapes::kHasMacs);
  return !weighted || (is_float32_constant(graph, node.inputs.at(1)) && graph.constant(node.inputs.at(0)) == nullptr);
}

/// Weights and bias of a convolution with the affine map of its output channels in them.
void fold(model::Graph& graph, model::Node& convolution, const std::vector<float>& gain, std::vector<float> shift) {
  auto weight = *graph.constant(convolution.inputs.at(1));
  const std::size_t axis = convolution.op == "Conv" ? 0 : 1;
  std::size_t inner = 1;
  for (std::size_t a = axis + 1; a < weight.shape.size(); ++a) inner *= static_cast<std::size_t>(weight.shape[a]);
  auto numbers = weight.as<float>();
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] *= gain[i / inner % gain.size()];
  if (convolution.inputs.size() > 2 && !convolution.inputs[2].empty()) {
    const auto bias = graph.constant(convolution.inputs[2])->as<float>();
    for (std::size_t c = 0; c < shift.size(); ++c) shift[c] += bias[c] * gain[c];
  }
  convolution.inputs.resize(3);
  convolution.inputs[1] = convolution.name + ".folded_weight";
  convolution.inputs[2] = convolution.name + ".folded_bias";
  graph.constants[convolution.inputs[1]] = std::move(weight);
  graph.constants[convolution.inputs[2]] = model::make_tensor({static_cast<std::int64_t>(shift.size())}, shift);
}

}  // namespace

bool keeps_grid(const model::Graph& graph, const model::Node& node) {
  if (node.op == "Concat" || graph.constant(node.inputs.at(0)) != nullptr) return false;
  if (node.op == "Pad" && model::fill_value(graph, node, "quantize") != 0) return false;
  return model::shapes::has_trait(node.op, model::shapes::kMovesNumbers);
}

model::Graph with_batch_norms_resolved(const model::Graph& graph) {
  const auto values = model::infer_shapes(graph, "the model");
  model::Graph result = graph;
  result.nodes.clear();
  for (const auto& node : graph.nodes) {
    const bool constants = node.op == "BatchNormalization" &&
                           std::all_of(node.inputs.begin() + 1, node.inputs.end(),
                                       [&](const auto& name) { return is_float32_constant(graph, name); });
    if (!constants) {
      result.nodes.push_back(node);
      continue;
    }
    auto [gain, shift] = affine_of(graph, node);
    const auto& input = node.inputs.at(0);
    const auto* before = graph.producer(input);
    const bool folds = before != nullptr && is_convolution(*before) && before->integer("group", 1) == 1 &&
                       is_float32_constant(graph, before->inputs.at(1)) && graph.consumers(input).size() == 1 &&
                       !graph.is_output(input);
    if (folds) {
      auto& convolution = *std::find_if(result.nodes.begin(), result.nodes.end(),
                                        [&](const model::Node& made) { return made.name == before->name; });
      fold(result, convolution, gain, std::move(shift));
      convolution.outputs = node.outputs;
      continue;
    }
    model::Shape shape(values.at(input).shape.size() - 1, 1);
    shape.at(0) = static_cast<std::int64_t>(gain.size());
    const auto scaled = node.name + ".scaled";
    result.constants[node.name + ".gain"] = model::make_tensor(shape, gain);
    result.constants[node.name + ".shift"] = model::make_tensor(shape, shift);
    result.nodes.push_back({node.name + "/gain", "Mul", {input, node.name + ".gain"}, {scaled}, {}});
    result.nodes.push_back({node.name, "Add", {scaled, node.name + ".shift"}, node.outputs, {}});
  }
  drop_unused_constants(result);
  return result;
}

std::set<std::string> integer_nodes(const model::Graph& graph) {
  std::set<std::string> behind;  // values that a convolution has a part in
  std::set<const model::Node*> is_behind, is_before;
  for (const auto& node : graph.nodes) {
    const bool any =
        std::any_of(node.inputs.begin(), node.inputs.end(), [&](const auto& input) { return behind.contains(input); });
    if (any) is_behind.insert(&node);
    if (any || is_convolution(node)) behind.insert(node.outputs.begin(), node.outputs.end());
  }
  std::set<std::string> wanted;  // values that a convolution needs
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    const bool any = std::any_of(node->outputs.begin(), node->outputs.end(),
                                 [&](const auto& output) { return wanted.contains(output); });
    if (any) is_before.insert(&*node);
    if (any || is_convolution(*node)) wanted.insert(node->inputs.begin(), node->inputs.end());
  }
  enum Part { kHead, kMiddle, kTail };
  const auto part_of = [&](const model::Node& node) {
    if (is_convolution(node) || (is_before.contains(&node) && is_behind.contains(&node))) return kMiddle;
    return is_before.contains(&node) ? kHead : kTail;
  };
  std::array<bool, 3> whole{true, true, true};
  for (const auto& node : graph.nodes)
    if (!has_integer_kernel(graph, node)) whole[static_cast<std::size_t>(part_of(node))] = false;
  std::set<std::string> integer;
  for (const auto& node : graph.nodes) {
    const auto part = part_of(node);
    // A Relu right behind a convolution is its own output's, wherever that goes.
    const auto* before = node.op == "Relu" ? graph.producer(node.inputs.at(0)) : nullptr;
    const bool fused = before != nullptr && is_convolution(*before);
    if (part == kMiddle || fused ? has_integer_kernel(graph, node) : whole[static_cast<std::size_t>(part)])
      integer.insert(node.name);
  }
  return integer;
}

}  // namespace octocal::quant
