// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/onnx_functions.hpp"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "octocal/model/cell_ops.hpp"

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
                   std::vector<std::string> inputs, std::string name = {}) {
    const auto output = add(op, std::move(inputs), std::move(name));
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
  std::string transposed(const std::string& value, std::initializer_list<std::int64_t> order, std::string name = {}) {
    const auto output = add("Transpose", {value}, std::move(name));
    auto& own = last_attribute("perm", onnx::AttributeProto::INTS);
    for (const auto axis : order) own.add_ints(axis);
    return output;
  }
  /// Sums over axes, which stay with one place each.
  std::string summed(const std::string& value, std::initializer_list<std::int64_t> axes) {
    return add("ReduceSum", {value, integers(axes)});
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

/// A function of its own name and inputs, in ONNX's ops of opset 13.
void begin(onnx::FunctionProto& proto, std::string_view name, const char* about,
           std::initializer_list<const char*> inputs) {
  proto.set_name(std::string(name));
  proto.set_domain(kOwnDomain);
  proto.set_doc_string(about);
  for (const char* input : inputs) proto.add_input(input);
  auto& opset = *proto.add_opset_import();
  opset.set_domain("");
  opset.set_version(13);
}

void write_draw_cells(onnx::FunctionProto& proto) {
  constexpr std::int64_t kEnd = std::numeric_limits<std::int32_t>::max();
  begin(proto, kDrawCells, "cells drawn from the logit of a hit and a density of log energy",
        {"values", "noise", "colour", "log_density", "basis", "edges"});
  proto.add_output("cells");
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

/// Number `index` of the settings, a scalar.
std::string setting(FunctionWriter& write, std::int64_t index) { return write.picked("settings", index, 0); }

/// ExpectedCells of three values.
std::string write_expected(FunctionWriter& write, const std::string& x, const std::string& y, const std::string& z,
                           const std::string& output) {
  const auto log_of = [&](const std::string& energy) {
    return write.add("Log", {write.add("Max", {energy, setting(write, 0)})});
  };
  const auto all = log_of(write.summed(z, {1}));
  auto value = write.add("Sub", {log_of(z), write.add("Add", {all, all})});
  value = write.add("Add", {write.add("Add", {value, log_of(x)}), log_of(y)});
  value = write.add("Max", {value, write.add("Log", {setting(write, 1)})});
  return write.add("Add", {write.add("Mul", {value, setting(write, 2)}), setting(write, 3)}, output);
}

void write_expected_cells(onnx::FunctionProto& proto) {
  begin(proto, kExpectedCells, "energy expected in each cell, as the network sees it", {"x", "y", "z", "settings"});
  proto.add_output("expected");
  FunctionWriter write(proto);
  write_expected(write, "x", "y", "z", "expected");
}

void write_see_cells(onnx::FunctionProto& proto) {
  begin(proto, kSeeCells, "the energies that drawn cells have left, and the drawn cells",
        {"x", "y", "z", "drawn", "order", "settings"});
  proto.add_output("seen");
  FunctionWriter write(proto);
  const auto left = [&](const std::string& whole, const std::string& spent) {
    const auto least = write.add("Mul", {whole, setting(write, 6)});
    return write.add("Max", {write.add("Sub", {whole, spent}), least});
  };
  const auto x = left("x", write.summed("drawn", {1, 3}));
  const auto y = left("y", write.summed("drawn", {1, 2}));
  // Layers that are not drawn have spent the 0 behind the last one.
  const auto spent = write.add("Pad", {write.summed("drawn", {2, 3}), write.integers({0, 0, 0, 0, 0, 1, 0, 0})});
  const auto z = left("z", write.with("Gather", "axis", 1, {spent, "order"}));
  const auto map = write_expected(write, x, y, z, {});
  auto energy = write.add("Add", {write.add("Div", {"drawn", setting(write, 4)}), write.real(1)});
  energy = write.add("Mul", {write.add("Log", {energy}), setting(write, 5)});
  const auto is_hit = write.add("Greater", {"drawn", write.real(0)});
  const auto hit = write.with("Cast", "to", onnx::TensorProto::FLOAT, {is_hit});
  write.with("Concat", "axis", 1, {map, energy, hit}, "seen");
}

/// share_of(cells): which share of each may be scaled.
template <typename ShareOf>
void write_fit(FunctionWriter& write, std::string cells, ShareOf share_of) {
  const auto scale = [&](const std::string& wanted, std::initializer_list<std::int64_t> others, bool is_bounded) {
    const auto loose = write.add("Mul", {cells, share_of(cells)});
    const auto sum = write.summed(loose, others);
    const auto still = write.add("Sub", {write.summed(cells, others), sum});
    auto factor =
        write.add("Div", {write.add("Sub", {wanted, still}), write.add("Max", {sum, write.real(kLeastLooseGev)})});
    factor = is_bounded ? write.add("Clip", {factor, setting(write, 2), setting(write, 3)})
                        : write.add("Max", {factor, write.real(0)});
    factor = write.add("Sub", {factor, write.real(1)});
    cells = write.add("Add", {cells, write.add("Mul", {loose, factor})});
  };
  for (int round = 0; round < kFittingRounds; ++round) {
    scale("x", {1, 3}, true);
    scale("y", {1, 2}, true);
    scale("z", {2, 3}, true);
  }
  scale(write.summed("z", {1}), {1, 2, 3}, false);
  write.transposed(cells, {0, 2, 3, 1}, "cells");
}

void write_fit_cells(onnx::FunctionProto& proto) {
  begin(proto, kFitCells, "drawn cells scaled towards the energies of columns, rows and layers",
        {"x", "y", "z", "drawn", "order", "settings"});
  proto.add_output("cells");
  FunctionWriter write(proto);
  const auto cells = write.with("Gather", "axis", 1, {"drawn", "order"});
  const auto fixed = setting(write, 0);
  const auto range = write.add("Sub", {setting(write, 1), fixed});
  auto free = write.add("Div", {write.add("Sub", {cells, fixed}), range});
  free = write.add("Clip", {free, write.real(0), write.real(1)});
  write_fit(write, cells, [&](const std::string&) { return free; });
}

void write_fit_cells_by_log(onnx::FunctionProto& proto) {
  begin(proto, kFitCellsByLog,
        "drawn cells scaled towards the energies of columns, rows and layers, by their logarithm",
        {"x", "y", "z", "drawn", "order", "settings"});
  proto.add_output("cells");
  FunctionWriter write(proto);
  const auto fixed = setting(write, 0);
  const auto lowest = write.add("Log", {fixed});
  const auto range = write.add("Sub", {write.add("Log", {setting(write, 1)}), lowest});
  write_fit(write, write.with("Gather", "axis", 1, {"drawn", "order"}), [&](const std::string& cells) {
    const auto above = write.add("Sub", {write.add("Log", {write.add("Max", {cells, fixed})}), lowest});
    return write.add("Clip", {write.add("Div", {above, range}), write.real(0), write.real(1)});
  });
}

using FunctionOf = void (*)(onnx::FunctionProto&);
const std::pair<std::string_view, FunctionOf> kFunctions[] = {{kDrawCells, write_draw_cells},
                                                              {kExpectedCells, write_expected_cells},
                                                              {kSeeCells, write_see_cells},
                                                              {kFitCells, write_fit_cells},
                                                              {kFitCellsByLog, write_fit_cells_by_log}};

bool uses(const Graph& graph, std::string_view op) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) { return node.op == op; });
}

}  // namespace

bool needs_functions(const Graph& graph) noexcept {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) { return is_cell_op(node.op); });
}

void write_function(std::string_view op, onnx::FunctionProto& proto) {
  for (const auto& [name, write] : kFunctions)
    if (name == op) write(proto);
}

void write_functions(const Graph& graph, onnx::ModelProto& model) {
  if (!needs_functions(graph)) return;
  auto& opset = *model.add_opset_import();
  opset.set_domain(kOwnDomain);
  opset.set_version(1);
  for (const auto& [op, write] : kFunctions)
    if (uses(graph, op)) write(*model.add_functions());
}

}  // namespace octocal::model
