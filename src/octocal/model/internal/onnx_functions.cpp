// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/onnx_functions.hpp"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "octocal/model/draw_cells.hpp"

namespace octocal::model {
namespace {

/// Writes a function node by node; each call returns the name of what it computes.
class FunctionWriter {
 public:
  explicit FunctionWriter(onnx::FunctionProto& proto) : proto_(proto) {}

  std::string add(const std::string& op, std::vector<std::string> inputs, std::string output = {}) {
    auto& node = *proto_.add_node();
    node.set_op_type(op);
    for (const auto& input : inputs) node.add_input(input);
    if (output.empty()) output = "v" + std::to_string(proto_.node_size());
    node.add_output(output);
    return output;
  }
  /// The same with an integer attribute.
  std::string with(const std::string& op, const std::string& attribute, std::int64_t value,
                   std::vector<std::string> inputs) {
    const auto output = add(op, std::move(inputs));
    auto& own = last_attribute(attribute, onnx::AttributeProto::INT);
    own.set_i(value);
    return output;
  }
  std::string integers(std::initializer_list<std::int64_t> numbers) {
    const auto output = add("Constant", {});
    auto& own = last_attribute("value_ints", onnx::AttributeProto::INTS);
    for (const auto number : numbers) own.add_ints(number);
    return output;
  }
  std::string real(float number) {
    const auto output = add("Constant", {});
    last_attribute("value_float", onnx::AttributeProto::FLOAT).set_f(number);
    return output;
  }
  std::string transposed(const std::string& value, std::initializer_list<std::int64_t> order) {
    const auto output = add("Transpose", {value});
    auto& own = last_attribute("perm", onnx::AttributeProto::INTS);
    for (const auto axis : order) own.add_ints(axis);
    return output;
  }
  /// value[first:end] along an axis.
  std::string part(const std::string& value, std::int64_t first, std::int64_t end, std::int64_t axis) {
    return add("Slice", {value, integers({first}), integers({end}), integers({axis})});
  }
  std::string picked(const std::string& value, std::int64_t index, std::int64_t axis) {
    const auto one = part(value, index, index + 1, axis);
    return add("Squeeze", {one, integers({axis})});
  }

 private:
  onnx::AttributeProto& last_attribute(const std::string& name, onnx::AttributeProto::AttributeType type) {
    auto& own = *proto_.mutable_node(proto_.node_size() - 1)->add_attribute();
    own.set_name(name);
    own.set_type(type);
    return own;
  }

  onnx::FunctionProto& proto_;
};

void write_draw_cells(onnx::FunctionProto& proto) {
  constexpr std::int64_t kEnd = std::numeric_limits<std::int32_t>::max();
  proto.set_name(kDrawCells);
  proto.set_domain(kOwnDomain);
  proto.set_doc_string("cells drawn from the logit of a hit and a density of log energy");
  for (const char* input : {"values", "noise", "colour", "log_density", "basis", "edges"}) proto.add_input(input);
  proto.add_output("cells");
  auto& opset = *proto.add_opset_import();
  opset.set_domain("");
  opset.set_version(13);

  FunctionWriter write(proto);
  // (N, (1 + S) l, nx, ny) seen as (N, 1 + S, l, nx, ny): l, nx and ny are the noise's.
  const auto places = write.part(write.add("Shape", {"noise"}), 2, 5, 0);
  const auto shape = write.with("Concat", "axis", 0, {write.integers({0, -1}), places});
  const auto parts = write.add("Reshape", {"values", shape});
  const auto logit = write.picked(parts, 0, 1);
  const auto theta = write.transposed(write.part(parts, 1, kEnd, 1), {0, 2, 3, 4, 1});
  const auto is_hit = write.add("Less", {write.picked("noise", 0, 1), write.add("Sigmoid", {logit})});
  const auto hit = write.add("And", {is_hit, write.add("Greater", {"colour", write.real(0)})});

  const auto logs = write.add("Add", {write.add("MatMul", {theta, "basis"}), "log_density"});
  const auto largest = write.add("ReduceMax", {logs});
  auto& axes = *proto.mutable_node(proto.node_size() - 1)->add_attribute();
  axes.set_name("axes");
  axes.set_type(onnx::AttributeProto::INTS);
  axes.add_ints(-1);
  const auto weights = write.add("Exp", {write.add("Sub", {logs, largest})});
  const auto sums = write.add("CumSum", {weights, write.add("Squeeze", {write.integers({4})})});
  const auto all = write.part(sums, -1, kEnd, 4);
  const auto share = write.add("Unsqueeze", {write.picked("noise", 1, 1), write.integers({4})});
  const auto wanted = write.add("Mul", {share, all});
  const auto below = write.with("Cast", "to", onnx::TensorProto::FLOAT, {write.add("LessOrEqual", {sums, wanted})});
  auto bin = write.add("ReduceSum", {below, write.integers({4})});
  const auto bins = write.with("Cast", "to", onnx::TensorProto::FLOAT, {write.add("Size", {"log_density"})});
  bin = write.add("Min", {bin, write.add("Sub", {bins, write.real(1)})});
  bin = write.with("Cast", "to", onnx::TensorProto::INT64, {bin});
  const auto reached = write.with("GatherElements", "axis", 4, {sums, bin});
  const auto weight = write.with("GatherElements", "axis", 4, {weights, bin});
  auto inside = write.add("Div", {write.add("Sub", {reached, wanted}), weight});
  inside = write.add("Sub", {write.real(1), inside});
  inside = write.add("Clip", {inside, write.real(0), write.real(1)});
  const auto low = write.add("Gather", {"edges", bin});
  const auto high = write.add("Gather", {"edges", write.add("Add", {bin, write.integers({1})})});
  auto energy = write.add("Mul", {write.add("Sub", {high, low}), inside});
  energy = write.add("Exp", {write.add("Add", {low, energy})});
  energy = write.add("Squeeze", {energy, write.integers({4})});
  write.add("Where", {hit, energy, write.real(0)}, "cells");
}

}  // namespace

bool needs_functions(const Graph& graph) noexcept {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) { return node.op == kDrawCells; });
}

void write_functions(const Graph& graph, onnx::ModelProto& model) {
  if (!needs_functions(graph)) return;
  auto& opset = *model.add_opset_import();
  opset.set_domain(kOwnDomain);
  opset.set_version(1);
  write_draw_cells(*model.add_functions());
}

}  // namespace octocal::model
