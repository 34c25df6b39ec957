// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/internal/simplify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/model/axis_selection.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/model/shapes/rules.hpp"

namespace octocal::model {
namespace {

// Larger results are no shapes and no weights of a generator: such a node stays, and is judged later.
constexpr std::int64_t kMostElements = std::int64_t{1} << 24;

/// Ops that only move numbers: they serve lists that hold the batch's -1, too.
bool moves_numbers(const std::string& op) {
  static const std::set<std::string_view> ops{"Concat", "Reshape", "Transpose", "Slice", "Gather", "Cast", "Identity"};
  return ops.contains(op);
}
bool is_arithmetic(const std::string& op) {
  static const std::set<std::string_view> ops{"Add", "Sub", "Mul", "Div", "Sqrt"};
  return ops.contains(op);
}

Tensor integers(const Shape& numbers) {
  return make_tensor(DataType::kInt64, {static_cast<std::int64_t>(numbers.size())},
                     std::span<const std::int64_t>(numbers));
}

class Simplifier {
 public:
  Simplifier(Graph& graph, const std::string& origin) : graph_(graph), origin_(origin) {}

  std::map<std::string, Value> run() {
    for (const auto& [name, tensor] : graph_.constants) known_[name] = {name, tensor.type, tensor.shape};
    for (const Value& input : graph_.inputs) known_.emplace(input.name, input);
    for (Node& node : std::exchange(graph_.nodes, {})) take(std::move(node));
    drop_leftovers();
    return std::move(known_);
  }

 private:
  const Tensor* constant(const Node& node, std::size_t i) const {
    return i < node.inputs.size() ? graph_.constant(node.inputs[i]) : nullptr;
  }

  void take(Node node) {
    if (node.outputs.size() == 1 && !node.inputs.empty()) {
      if (node.op == "Shape") {
        if (auto shape = shape_of(node)) return define(node, integers(*shape), has_batch(*shape));
      } else if (node.op == "ConstantOfShape") {
        if (auto filled = filled_tensor(node)) return define(node, std::move(*filled), false);
      } else if (node.op == "Squeeze" || node.op == "Unsqueeze" || node.op == "Flatten") {
        as_reshape(node);
      }
      if (auto result = evaluated(node)) return define(node, std::move(*result), reads_batch(node));
      if (node.op == "Reshape") settle_batch(node);
    }
    remember_output(node);
    graph_.nodes.push_back(std::move(node));
  }

  static bool has_batch(const Shape& shape) { return std::count(shape.begin(), shape.end(), kBatch) > 0; }
  bool reads_batch(const Node& node) const {
    return std::any_of(node.inputs.begin(), node.inputs.end(), [&](const auto& i) { return symbolic_.contains(i); });
  }

  void define(const Node& node, Tensor tensor, bool holds_batch) {
    const std::string& name = node.outputs[0];
    known_[name] = {name, tensor.type, tensor.shape};
    if (!graph_.constants.emplace(name, std::move(tensor)).second)
      throw bad_input(fmt::format("{}: constant {} is defined twice; export the model again", origin_, name));
    if (holds_batch) symbolic_.insert(name);
    leftovers_.insert(name);
    leftovers_.insert(node.inputs.begin(), node.inputs.end());
  }

  std::optional<Shape> shape_of(const Node& node) const {
    const auto found = known_.find(node.inputs[0]);
    if (found == known_.end()) return std::nullopt;
    const Shape& whole = found->second.shape;
    const auto rank = static_cast<std::int64_t>(whole.size());
    const auto at = [&](const char* attribute, std::int64_t otherwise) {
      const std::int64_t index = node.integer(attribute, otherwise);
      return std::clamp<std::int64_t>(index < 0 ? std::max(index, -rank) + rank : index, 0, rank);
    };
    const std::int64_t first = at("start", 0);
    const std::int64_t last = std::max(first, at("end", rank));
    return Shape(whole.begin() + first, whole.begin() + last);
  }

  std::optional<Tensor> filled_tensor(const Node& node) const {
    const Tensor* sizes = constant(node, 0);
    if (sizes == nullptr || sizes->type != DataType::kInt64 || symbolic_.contains(node.inputs[0])) return std::nullopt;
    const auto numbers = sizes->as<std::int64_t>();
    std::int64_t cells = 1;
    for (const std::int64_t size : numbers) {
      if (size < 0 || size > kMostElements) return std::nullopt;
      cells *= size;
      if (cells > kMostElements) return std::nullopt;
    }
    Tensor fill = make_tensor({1}, {0.0F});
    if (const auto value = node.attributes.find("value"); value != node.attributes.end()) {
      const auto* given = std::get_if<Tensor>(&value->second);
      if (given == nullptr || given->bytes.size() != size_of(given->type)) return std::nullopt;
      fill = *given;
    }
    Tensor filled{fill.type, Shape(numbers.begin(), numbers.end()), {}};
    for (std::int64_t i = 0; i < cells; ++i)
      filled.bytes.insert(filled.bytes.end(), fill.bytes.begin(), fill.bytes.end());
    return filled;
  }

  /// A node that only renames axes, as the Reshape that does the same; left alone where its input is not known.
  void as_reshape(Node& node) {
    const auto found = known_.find(node.inputs[0]);
    if (found == known_.end()) return;
    const auto target = renamed_axes(node, found->second.shape);
    if (!target) return;
    const std::string name = node.name + ":shape";
    if (!graph_.constants.emplace(name, integers(*target)).second) return;
    known_[name] = {name, DataType::kInt64, {static_cast<std::int64_t>(target->size())}};
    leftovers_.insert(name);
    leftovers_.insert(node.inputs.begin() + 1, node.inputs.end());
    node.op = "Reshape";
    node.attributes.clear();
    node.inputs = {node.inputs[0], name};
  }

  std::optional<Shape> renamed_axes(const Node& node, const Shape& shape) const {
    const auto rank = static_cast<std::int64_t>(shape.size());
    if (node.op == "Flatten") {
      if (node.integer("axis", 1) != 1 || rank < 1 || shape[0] != kBatch) return std::nullopt;
      std::int64_t cells = 1;
      for (std::size_t axis = 1; axis < shape.size(); ++axis) cells *= shape[axis];
      return Shape{kBatch, cells};
    }
    auto axes = node.integers("axes", {});  // before opset 13
    if (const Tensor* given = constant(node, 1)) axes = whole_numbers(node, *given, origin_);
    const bool squeeze = node.op == "Squeeze";
    if (axes.empty() && squeeze)
      for (std::int64_t axis = 0; axis < rank; ++axis)
        if (shape[static_cast<std::size_t>(axis)] == 1) axes.push_back(axis);
    const std::int64_t new_rank = squeeze ? rank : rank + static_cast<std::int64_t>(axes.size());
    std::set<std::int64_t> chosen;
    for (const std::int64_t axis : axes) chosen.insert(axis < 0 ? axis + new_rank : axis);
    if (chosen.size() != axes.size() || (!chosen.empty() && (*chosen.begin() < 0 || *chosen.rbegin() >= new_rank)))
      return std::nullopt;
    Shape target;
    auto next = shape.begin();
    for (std::int64_t axis = 0; axis < new_rank; ++axis) {
      if (!chosen.contains(axis)) {
        target.push_back(*next++);
      } else if (!squeeze) {
        target.push_back(1);
      } else if (*next++ != 1) {
        return std::nullopt;
      }
    }
    return target;
  }

  /// The result of a node whose inputs are all constants.
  std::optional<Tensor> evaluated(const Node& node) const {
    if (!moves_numbers(node.op) && !is_arithmetic(node.op)) return std::nullopt;
    if (is_arithmetic(node.op) && reads_batch(node)) return std::nullopt;
    Graph alone;
    alone.opset = std::max(graph_.opset, 13);
    for (const std::string& input : node.inputs) {
      if (input.empty()) continue;
      const Tensor* tensor = graph_.constant(input);
      if (tensor == nullptr) return std::nullopt;
      // -1 among a list of numbers is the batch; among sizes of this Reshape it would be "the rest".
      alone.constants[input] = *tensor;
    }
    alone.nodes = {node};
    alone.outputs = {{node.outputs[0], DataType::kFloat32, {}}};
    try {
      std::map<std::string, Value> known;
      for (const auto& [name, tensor] : alone.constants) known[name] = {name, tensor.type, tensor.shape};
      const shapes::OpRule* rule = shapes::find_rule(node.op);
      if (rule == nullptr || node.inputs.size() < rule->least_inputs) return std::nullopt;
      alone.outputs[0] = rule->output(shapes::NodeView(alone, node, known, origin_));
      alone.outputs[0].name = node.outputs[0];
      for (const std::int64_t size : alone.outputs[0].shape)
        if (size < 0 || size > kMostElements) return std::nullopt;
      if (static_cast<std::int64_t>(elements(alone.outputs[0].shape)) > kMostElements) return std::nullopt;
      return reference::evaluate(alone, {}).begin()->second;
    } catch (const Error&) {
      return std::nullopt;  // the whole graph's check will say what is wrong
    }
  }

  /// "N" and "the rest" are both -1: where a Reshape asks for both, its first axis is copied instead.
  void settle_batch(Node& node) {
    const Tensor* target = constant(node, 1);
    if (target == nullptr || !symbolic_.contains(node.inputs[1]) || target->type != DataType::kInt64) return;
    Tensor settled = *target;
    const auto sizes = settled.as<std::int64_t>();
    if (sizes.empty() || sizes[0] != kBatch || std::count(sizes.begin(), sizes.end(), kBatch) < 2) return;
    sizes[0] = 0;
    const std::string name = node.name + ":settled_shape";
    known_[name] = {name, DataType::kInt64, settled.shape};
    leftovers_.insert(node.inputs[1]);
    if (graph_.constants.emplace(name, std::move(settled)).second) node.inputs[1] = name;
  }

  void remember_output(const Node& node) {
    const shapes::OpRule* rule = shapes::find_rule(node.op);
    if (rule == nullptr || node.outputs.size() != 1 || node.inputs.size() < rule->least_inputs) return;
    for (const std::string& input : node.inputs)
      if (!input.empty() && !known_.contains(input)) return;
    try {
      Value output = rule->output(shapes::NodeView(graph_, node, known_, origin_));
      output.name = node.outputs[0];
      known_[output.name] = std::move(output);
    } catch (const Error&) {
      return;  // as above
    }
  }

  /// What was only there to be resolved is not written again.
  void drop_leftovers() {
    for (const Node& node : graph_.nodes)
      for (const std::string& input : node.inputs) leftovers_.erase(input);
    for (const Value& output : graph_.outputs) leftovers_.erase(output.name);
    for (const std::string& name : leftovers_) graph_.constants.erase(name);
  }

  Graph& graph_;
  const std::string& origin_;
  std::map<std::string, Value> known_;
  std::set<std::string> symbolic_;   ///< constants in which -1 stands for the batch
  std::set<std::string> leftovers_;  ///< constants that a resolved node made or read
};

}  // namespace

std::map<std::string, Value> simplify(Graph& graph, const std::string& origin) {
  return Simplifier(graph, origin).run();
}

}  // namespace octocal::model
