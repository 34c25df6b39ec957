// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/lowering.hpp"

#include <fmt/format.h>

#include "octocal/base/error.hpp"
#include "octocal/engine/compile/constants.hpp"
#include "octocal/engine/compile/lower.hpp"
#include "octocal/model/cell_ops.hpp"

namespace octocal::engine {

Plan lower(const model::Graph& graph, const std::string& origin) { return Lowering(graph, origin).run(); }

std::string joined_ops(const std::vector<const model::Node*>& nodes) {
  std::string ops;
  for (const auto* node : nodes) ops += (ops.empty() ? "" : "+") + node->op;
  return ops;
}

Lowering::Lowering(const model::Graph& graph, const std::string& origin)
    : graph_(graph), origin_(origin), values_(model::infer_shapes(graph, origin)) {}

Plan Lowering::run() {
  for (const auto& input : graph_.inputs) {
    if (input.type != model::DataType::kFloat32)
      throw bad_input(fmt::format("input {}: {} (the engine takes float32); export the model with float32 inputs",
                                  input.name, model::name_of(input.type)));
    const auto shape = shape_of(input.name);
    const View view = new_view(shape, plain_order(shape.size()), Element::kFloat32);
    plan_.inputs.push_back({view.buffer, model::elements(shape)});
    views_[input.name] = view;
  }
  for (const auto& node : graph_.nodes)
    if (!fused_.contains(&node)) lower_node(node);
  finish_outputs();
  return std::move(plan_);
}

void Lowering::lower_node(const model::Node& node) {
  const std::string& op = node.op;
  if ((op == "DequantizeLinear" || op == "Cast") && is_float_constant(graph_, node.outputs.at(0)))
    return;  // weights: packed by their user
  if (table(node)) return;
  if (op == "Conv" || op == "ConvTranspose") return convolution(node);
  if (op == "Gemm" || op == "MatMul") return gemm(node);
  if (op == "LeakyRelu" || op == "Relu") return activation(node);
  if (op == "BatchNormalization") return batch_norm(node);
  if (binary_function(op)) return binary(node);
  if (function_of(op)) return function(node);
  if (op == "Where") return where(node);
  if (op == "Slice") return slice(node);
  if (op == "Gather") return gather(node);
  if (op == "ReduceSum" || op == "ReduceMax" || op == "ReduceMin") return reduce(node);
  if (op == "Transpose") return transpose(node);
  if (op == "Reshape") return reshape(node);
  if (op == "Concat") return concat(node);
  if (op == "Resize" || op == "Pad" || op == "Tile") return copy_cells(node);
  if (op == "QuantizeLinear") return quantize(node);
  if (op == "DequantizeLinear") return dequantize(node);
  if (op == "Cast" && cast(node)) return;
  if (op == model::kDrawCells) return draw_cells(node);
  if (op == model::kExpectedCells || op == model::kSeeCells) return see_cells(node);
  if (op == model::kFitCells || op == model::kFitCellsByLog) return fit_cells(node);
  if (op == "Identity" || op == "Dropout") {
    views_[node.outputs.at(0)] = view_of(node.inputs.at(0), node);
    return;
  }
  if (op == "Cast")
    throw bad_input(
        fmt::format("layer {}: Cast from {} to {} (the engine has floats of 32 and 16 bits, and bools); export the "
                    "model without casts",
                    node.name, model::name_of(values_.at(node.inputs[0]).type),
                    model::name_of(values_.at(node.outputs.at(0)).type)));
  throw bad_input(fmt::format("layer {}: the engine has no {}; export the model without it", node.name, op));
}

const View& Lowering::view_of(const std::string& value, const model::Node& user) const {
  const auto found = views_.find(value);
  if (found == views_.end())
    throw bad_input(
        fmt::format("layer {} ({}): input {} is a constant where the engine expects a computed value; fold the "
                    "constant before exporting",
                    user.name, user.op, value));
  return found->second;
}

model::Shape Lowering::shape_of(const std::string& value) const {
  const auto& shape = values_.at(value).shape;
  if (shape.empty() || shape[0] != model::kBatch)
    throw bad_input(
        fmt::format("value {}: shape {} (the first axis must be the free batch axis); export the model with a "
                    "dynamic batch",
                    value, model::to_string(shape)));
  for (std::size_t axis = 1; axis < shape.size(); ++axis)
    if (shape[axis] < 1)
      throw bad_input(
          fmt::format("value {}: shape {} (only the first axis may be free); export the model with fixed sizes", value,
                      model::to_string(shape)));
  return {shape.begin() + 1, shape.end()};
}

View Lowering::new_view(model::Shape shape, std::vector<int> order, Element element, Quantization quantization) {
  View view{static_cast<int>(plan_.buffer_bytes.size()), std::move(shape), std::move(order), element, quantization};
  plan_.buffer_bytes.push_back(static_cast<std::size_t>(view.size()) * size_of(element));
  return view;
}

std::size_t Lowering::add_layer(LayerReport report) {
  plan_.layers.push_back(std::move(report));
  return plan_.layers.size() - 1;
}

void Lowering::add_step(Operation operation, std::vector<int> reads, std::vector<int> writes, std::size_t layer) {
  plan_.steps.push_back({std::move(operation), std::move(reads), std::move(writes), layer});
}

void Lowering::finish_outputs() {
  for (const auto& output : graph_.outputs) {
    const auto found = views_.find(output.name);
    if (found == views_.end() || values_.at(output.name).type != model::DataType::kFloat32)
      throw bad_input(fmt::format("output {}: not a computed float32 value; name another output", output.name));
    const View& view = found->second;
    const View plain = in_order(as_float32(view, output.name), plain_order(view.shape.size()), output.name);
    plan_.outputs.push_back({plain.buffer, static_cast<std::size_t>(plain.size())});
  }
}

}  // namespace octocal::engine
