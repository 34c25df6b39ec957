// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/onnx_constants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/model/shapes/rules.hpp"

namespace octocal::model {
namespace {

/// Types of weights that layers compute with as they are.
bool is_narrow(const Tensor& tensor) {
  return tensor.type == DataType::kInt8 || tensor.type == DataType::kUint8 || tensor.type == DataType::kInt16;
}

/// The values that layers read as weights, and those that become weights by ops that only move numbers or store them
/// otherwise.
std::set<std::string> weight_values(const Graph& graph) {
  static const std::set<std::string_view> readers{"Conv", "ConvTranspose", "Gemm", "MatMul"};
  static const std::set<std::string_view> carriers{"Transpose", "Reshape",        "Squeeze",         "Unsqueeze",
                                                   "Identity",  "QuantizeLinear", "DequantizeLinear"};
  std::set<std::string> values;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (readers.contains(node->op) && node->inputs.size() > 1) values.insert(node->inputs[1]);
    if (carriers.contains(node->op) && node->outputs.size() == 1 && !node->inputs.empty() &&
        values.contains(node->outputs[0]))
      values.insert(node->inputs[0]);
  }
  return values;
}

/// How many numbers lie before an axis.
std::int64_t cells_before(const Shape& shape, std::size_t axis) {
  return std::accumulate(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis), std::int64_t{1},
                         [](std::int64_t product, std::int64_t size) { return product * size; });
}

/// The axis of the scales once `mover` has turned `shape` into `moved`; nullopt if they lie along no axis then.
std::optional<std::int64_t> moved_axis(std::int64_t given, const Shape& shape, const Node& mover, const Shape& moved) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  const std::int64_t axis = given < 0 ? given + rank : given;
  if (axis < 0 || axis >= rank) return std::nullopt;
  if (mover.op == "Identity") return axis;
  if (mover.op == "Transpose") {
    std::vector<std::int64_t> reversed(shape.size());
    std::iota(reversed.rbegin(), reversed.rend(), std::int64_t{0});
    const auto order = mover.integers("perm", reversed);
    const auto found = std::find(order.begin(), order.end(), axis);
    if (found == order.end()) return std::nullopt;
    return found - order.begin();
  }
  const auto before = static_cast<std::size_t>(axis);
  for (std::size_t after = 0; after < moved.size(); ++after)
    if (moved[after] == shape[before] && cells_before(moved, after) == cells_before(shape, before))
      return static_cast<std::int64_t>(after);
  return std::nullopt;
}

class Folder {
 public:
  Folder(Graph& graph, std::map<std::string, Value>& known, const std::string& origin)
      : graph_(graph), known_(known), origin_(origin), weights_(weight_values(graph)) {}

  void run() {
    for (Node& node : std::exchange(graph_.nodes, {}))
      if (!resolved(node)) graph_.nodes.push_back(std::move(node));
    drop_leftovers();
  }

 private:
  /// True if constants, or other nodes, have taken the node's place.
  bool resolved(Node& node) {
    if (node.inputs.empty() || node.outputs.size() != 1) return false;
    if (node.op == "QuantizeLinear") return becomes_constant(node, node.outputs[0]);
    if (node.op == "Transpose" || node.op == "Reshape" || node.op == "Identity") return moves_weights(node);
    if (node.op != "DequantizeLinear" || node.inputs.size() < 2) return false;
    const Tensor* values = graph_.constant(node.inputs[0]);
    if (values != nullptr && is_narrow(*values) && weights_.contains(node.outputs[0])) {
      kept_.insert(node.outputs[0]);
      return false;
    }
    if (node.inputs.size() == 2) add_zero_point(node);
    return becomes_constant(node, node.outputs[0]);
  }

  bool becomes_constant(const Node& node, const std::string& name) {
    auto result = evaluated(node);
    if (!result) return false;
    define(name, std::move(*result));
    leftovers_.insert(node.inputs.begin(), node.inputs.end());
    return true;
  }

  /// Weights behind their DequantizeLinear that are moved: their integers move instead. Where the scales lie along
  /// no axis afterwards, the weights become float32.
  bool moves_weights(const Node& node) {
    if (!kept_.contains(node.inputs[0])) return false;
    const Node dequantize = *graph_.producer(node.inputs[0]);
    Node moving = node;
    moving.inputs[0] = dequantize.inputs[0];
    auto moved = evaluated(moving);
    const Tensor* scale = graph_.constant(dequantize.inputs.at(1));
    if (!moved || scale == nullptr) return false;
    std::optional<std::int64_t> axis = dequantize.integer("axis", 1);
    if (elements(scale->shape) != 1)
      axis = moved_axis(*axis, graph_.constant(dequantize.inputs[0])->shape, node, moved->shape);
    if (!axis) {
      moving.inputs[0] = node.outputs[0] + ":dequantized";
      leftovers_.insert(moving.inputs[0]);
      return becomes_constant(dequantize, moving.inputs[0]) && becomes_constant(moving, node.outputs[0]);
    }
    leftovers_.insert(moving.inputs.begin(), moving.inputs.end());
    Node behind = dequantize;
    behind.name = node.name;
    behind.inputs[0] = node.outputs[0] + ":quantized";
    behind.outputs = node.outputs;
    behind.attributes["axis"] = *axis;
    define(behind.inputs[0], std::move(*moved));
    if (!resolved(behind)) graph_.nodes.push_back(std::move(behind));
    return true;
  }

  void add_zero_point(Node& node) {
    const auto value = known_.find(node.inputs[0]);
    const Tensor* scale = graph_.constant(node.inputs[1]);
    if (value == known_.end() || scale == nullptr) return;
    const DataType type = value->second.type;
    if (type != DataType::kInt8 && type != DataType::kInt16) return;
    const std::string name = node.name + ":zero_point";
    define(name, {type, scale->shape, std::vector<std::byte>(size_of(type) * elements(scale->shape))});
    node.inputs.push_back(name);
  }

  void define(const std::string& name, Tensor tensor) {
    known_[name] = {name, tensor.type, tensor.shape};
    if (!graph_.constants.emplace(name, std::move(tensor)).second)
      throw bad_input(fmt::format("{}: constant {} is defined twice; export the model again", origin_, name));
  }

  /// The result of a node whose inputs are all constants.
  std::optional<Tensor> evaluated(const Node& node) const {
    Graph alone;
    std::map<std::string, Value> known;
    for (const std::string& input : node.inputs) {
      if (input.empty()) continue;
      const Tensor* tensor = graph_.constant(input);
      if (tensor == nullptr) return std::nullopt;
      alone.constants[input] = *tensor;
      known[input] = {input, tensor->type, tensor->shape};
    }
    alone.nodes = {node};
    try {
      const shapes::OpRule* rule = shapes::find_rule(node.op);
      if (rule == nullptr || node.inputs.size() < rule->least_inputs) return std::nullopt;
      alone.outputs = {rule->output(shapes::NodeView(alone, node, known, origin_))};
      alone.outputs[0].name = node.outputs[0];
      return reference::evaluate(alone, {}).begin()->second;
    } catch (const Error&) {
      return std::nullopt;  // the whole graph's check will say what is wrong
    }
  }

  bool makes_kept(const Node& node) const { return !node.outputs.empty() && kept_.contains(node.outputs[0]); }

  /// What nobody reads any more is not written again: constants, and weights of which moved ones are left.
  void drop_leftovers() {
    std::set<std::string> read;
    for (const Value& output : graph_.outputs) read.insert(output.name);
    const auto read_by = [&](bool kept) {
      for (const Node& node : graph_.nodes)
        if (makes_kept(node) == kept) read.insert(node.inputs.begin(), node.inputs.end());
    };
    read_by(false);
    std::erase_if(graph_.nodes, [&](const Node& node) {
      const bool unread = makes_kept(node) && !read.contains(node.outputs[0]);
      if (unread) leftovers_.insert(node.inputs.begin(), node.inputs.end());
      return unread;
    });
    read_by(true);
    for (const std::string& name : leftovers_)
      if (!read.contains(name)) graph_.constants.erase(name);
  }

  Graph& graph_;
  std::map<std::string, Value>& known_;
  const std::string& origin_;
  const std::set<std::string> weights_;
  std::set<std::string> kept_;       ///< 8-bit weights behind their DequantizeLinear
  std::set<std::string> leftovers_;  ///< constants that a resolved node read
};

}  // namespace

void fold_quantized_constants(Graph& graph, std::map<std::string, Value>& known, const std::string& origin) {
  Folder(graph, known, origin).run();
}

}  // namespace octocal::model
