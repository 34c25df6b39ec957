// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/reference/evaluate.hpp"

#include <fmt/format.h>

#include "octocal/base/error.hpp"
#include "octocal/model/cell_ops.hpp"
#include "octocal/model/reference/operation.hpp"

namespace octocal::model::reference {
namespace {

using Function = Tensor (*)(const Operation&);

Function function_of(const Node& node) {
  static const std::map<std::string, Function> functions{
      {"Gemm", gemm},
      {"MatMul", matmul},
      {"Conv", conv},
      {"ConvTranspose", conv_transpose},
      {"LeakyRelu", leaky_relu},
      {"Relu", relu},
      {"PRelu", prelu},
      {"Elu", elu},
      {"Sigmoid", sigmoid},
      {"Softplus", softplus},
      {"Erf", erf},
      {"Neg", neg},
      {"Abs", abs},
      {"Pow", pow},
      {"Greater", greater},
      {"GreaterOrEqual", greater_or_equal},
      {"Less", less},
      {"LessOrEqual", less_or_equal},
      {"Equal", equal},
      {"Not", logical_not},
      {"And", logical_and},
      {"Or", logical_or},
      {"Where", where},
      {"Floor", floor},
      {"Ceil", ceil},
      {"Round", round},
      {"Mod", mod},
      {"ReduceProd", reduce_prod},
      {"BatchNormalization", batch_normalization},
      {"Mul", mul},
      {"Add", add},
      {"Sub", sub},
      {"Div", div},
      {"Max", max},
      {"Min", min},
      {"Exp", exp},
      {"Log", log},
      {"Sqrt", sqrt},
      {"Tanh", tanh},
      {"Clip", clip},
      {"Cast", cast},
      {"Identity", identity},
      {"Dropout", identity},
      {"Concat", concat},
      {"Transpose", transpose},
      {"Reshape", reshape},
      {"Slice", slice},
      {"Gather", gather},
      {"ReduceSum", reduce_sum},
      {"ReduceMax", reduce_max},
      {"ReduceMin", reduce_min},
      {"Resize", resize},
      {"Pad", pad},
      {"Tile", tile},
      {"QuantizeLinear", quantize_linear},
      {"DequantizeLinear", dequantize_linear},
      {std::string(kDrawCells), draw_cells},
      {std::string(kExpectedCells), expected_cells},
      {std::string(kSeeCells), see_cells},
      {std::string(kFitCells), fit_cells},
      {std::string(kFitCellsByLog), fit_cells_by_log},
  };
  const auto found = functions.find(node.op);
  if (found != functions.end()) return found->second;
  throw bad_input(fmt::format("reference: node {}: op {} is not supported; leave it out", node.name, node.op));
}

/// The batch size that all inputs agree on.
std::int64_t batch_of(const Graph& graph, const std::map<std::string, Tensor>& inputs) {
  std::int64_t batch = kBatch;
  for (const Value& input : graph.inputs) {
    const auto given = inputs.find(input.name);
    if (given == inputs.end()) {
      throw bad_input(fmt::format("reference: input {} is missing; give a tensor for every input", input.name));
    }
    const Tensor& tensor = given->second;
    bool fits = tensor.type == input.type && tensor.shape.size() == input.shape.size();
    for (std::size_t axis = 0; fits && axis < input.shape.size(); ++axis) {
      if (input.shape[axis] != kBatch) {
        fits = tensor.shape[axis] == input.shape[axis];
      } else {
        if (batch == kBatch) batch = tensor.shape[axis];
        fits = tensor.shape[axis] == batch && batch > 0;
      }
    }
    if (!fits || tensor.bytes.size() != elements(tensor.shape) * size_of(tensor.type)) {
      throw bad_input(fmt::format(
          "reference: input {} is {} {}, expected {} {} with one batch size; give such a tensor", input.name,
          name_of(tensor.type), to_string(tensor.shape), name_of(input.type), to_string(input.shape)));
    }
  }
  return batch == kBatch ? 1 : batch;
}

}  // namespace

std::map<std::string, Tensor> evaluate(const Graph& graph, const std::map<std::string, Tensor>& inputs,
                                       const std::vector<std::string>& wanted) {
  const auto values = infer_shapes(graph, "reference");
  const std::int64_t batch = batch_of(graph, inputs);
  std::map<std::string, Tensor> computed;
  const auto find = [&](const std::string& name) -> const Tensor* {
    if (name.empty()) return nullptr;
    if (const Tensor* constant = graph.constant(name)) return constant;
    if (const auto found = computed.find(name); found != computed.end()) return &found->second;
    return &inputs.at(name);
  };

  for (const Node& node : graph.nodes) {
    const Value& output = values.at(node.outputs[0]);
    Operation operation{node, {}, output.type, output.shape};
    for (std::int64_t& size : operation.shape) {
      if (size == kBatch) size = batch;
    }
    for (const std::string& input : node.inputs) operation.inputs.push_back(find(input));
    computed[output.name] = function_of(node)(operation);
  }

  std::map<std::string, Tensor> results;
  const auto keep = [&](const std::string& name) {
    if (!values.contains(name)) {
      throw bad_input(fmt::format("reference: the graph has no value {}; name one of its values", name));
    }
    results[name] = *find(name);
  };
  for (const std::string& name : wanted) keep(name);
  if (wanted.empty()) {
    for (const Value& output : graph.outputs) keep(output.name);
  }
  return results;
}

}  // namespace octocal::model::reference
