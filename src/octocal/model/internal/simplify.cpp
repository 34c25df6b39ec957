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
#include "octocal/model/internal/batch_numbers.hpp"
#include "octocal/model/internal/rewriting.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/model/shapes/rules.hpp"

namespace octocal::model {
namespace {

// Larger results are no shapes and no weights of a generator: such a node stays, and is judged later. All results
// together have a limit, too, so that a small file cannot fill the memory.
constexpr std::int64_t kMostConstantElements = std::int64_t{1} << 24;
constexpr std::int64_t kMostElementsTogether = std::int64_t{1} << 27;

Tensor integers(const Shape& numbers) {
  return make_tensor(DataType::kInt64, {static_cast<std::int64_t>(numbers.size())},
                     std::span<const std::int64_t>(numbers));
}

/// A shape with a number in place of the free batch.
Shape with_batch(Shape shape, std::int64_t batch) {
  std::replace(shape.begin(), shape.end(), kBatch, batch);
  return shape;
}

class Simplifier {
 public:
  Simplifier(Graph& graph, const std::string& origin, int opset, bool fixed_batch,
             const std::set<std::string>& kept_casts)
      : graph_(graph), origin_(origin), kept_casts_(kept_casts), around_{graph,  known_, other_batch_,
                                                                         origin, opset,  fixed_batch} {}

  std::map<std::string, Value> run() {
    for (const auto& [name, tensor] : graph_.constants) known_[name] = {name, tensor.type, tensor.shape};
    for (const Value& input : graph_.inputs) known_.emplace(input.name, input);
    for (Node& node : std::exchange(graph_.nodes, {})) take(std::move(node), true);
    graph_.opset = 13;
    drop_leftovers();
    return std::move(known_);
  }

 private:
  void take(Node node, bool rewrites) {
    const bool stays = node.op == "Cast" && node.outputs.size() == 1 && kept_casts_.contains(node.outputs[0]);
    if (rewrites && !stays && rewritten(node)) return;
    if (!stays && node.outputs.size() == 1 && !node.inputs.empty()) {
      if (node.op == "Shape" || node.op == "Size") {
        if (const auto shape = shape_of(node)) return define_sizes(node, *shape);
      }
      if (folded(node)) return;
    }
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      if (other_batch_.contains(node.inputs[i]))
        throw bad_input(
            fmt::format("{}: node {} ({}): input {} is worked out from the number of showers, which only "
                        "shapes may be; export the model again",
                        origin_, node.name, node.op, i));
    expect_whole(node);
    remember_output(node);
    graph_.nodes.push_back(std::move(node));
  }

  /// What infer_shapes will check, too: passes that come before it look at first inputs and outputs.
  void expect_whole(const Node& node) const {
    const shapes::OpRule* rule = shapes::find_rule(node.op);
    if (rule != nullptr && (node.inputs.size() < rule->least_inputs || node.outputs.empty()))
      Rewriting(around_, node)
          .fail(fmt::format("{} inputs (expected {} or more) and {} outputs (expected 1)", node.inputs.size(),
                            rule->least_inputs, node.outputs.size()));
  }

  /// Puts other nodes in the place of a node, if it has another form here.
  bool rewritten(const Node& node) {
    const FileOp* op = find_file_op(node.op);
    Rewriting at(around_, node);
    if (op == nullptr && shapes::find_rule(node.op) == nullptr)
      at.fail(fmt::format("the op (opset {}) is not supported", around_.opset),
              "export the model with the ops that octocal knows (docs/formats.md)");
    if (op == nullptr) return false;
    if (op->since > around_.opset)
      at.fail(fmt::format("the op came with opset {}, the file has {}", op->since, around_.opset));
    for (const auto& [attribute, value] : node.attributes)
      if (std::find(op->attributes.begin(), op->attributes.end(), attribute) == op->attributes.end())
        at.fail(fmt::format("attribute {} is not supported", attribute));
    if (node.outputs.empty()) at.fail("0 outputs");
    if (!op->rewrite(at)) return false;
    for (auto& [name, tensor] : at.constants) {
      define(name, std::move(tensor));
      leftovers_.insert(name);
    }
    leftovers_.insert(node.inputs.begin(), node.inputs.end());
    for (Node& made : at.nodes) {
      const bool other = made.op != node.op;
      take(std::move(made), other);
    }
    return true;
  }

  void define(const std::string& name, Tensor tensor) {
    made_elements_ += static_cast<std::int64_t>(elements(tensor.shape));
    if (made_elements_ > kMostElementsTogether)
      throw bad_input(
          fmt::format("{}: constants that are worked out hold more than {} numbers (at {}); export the "
                      "model again",
                      origin_, kMostElementsTogether, name));
    known_[name] = {name, tensor.type, tensor.shape};
    if (!graph_.constants.emplace(name, std::move(tensor)).second)
      throw bad_input(fmt::format("{}: constant {} is defined twice; export the model again", origin_, name));
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

  void define_sizes(const Node& node, const Shape& shape) {
    const auto sizes = [&](std::int64_t batch) {
      const Shape numbers = with_batch(shape, batch);
      if (node.op == "Shape") return integers(numbers);
      Tensor product{DataType::kInt64, {}, std::vector<std::byte>(sizeof(std::int64_t))};
      product.as<std::int64_t>()[0] = static_cast<std::int64_t>(elements(numbers));
      return product;
    };
    if (std::count(shape.begin(), shape.end(), kBatch) > 0) other_batch_[node.outputs[0]] = sizes(kOtherBatch);
    define(node.outputs[0], sizes(kSomeBatch));
    leftovers_.insert(node.outputs[0]);
  }

  /// Makes a constant of a node whose inputs are all constants.
  bool folded(const Node& node) {
    const auto batch_inputs = std::count_if(node.inputs.begin(), node.inputs.end(),
                                            [&](const auto& input) { return other_batch_.contains(input); });
    auto result = evaluated(node, false);
    if (!result) return false;
    if (batch_inputs > 0) {
      auto other = evaluated(node, true);
      if (!other || other->shape != result->shape) return false;
      if (other->bytes != result->bytes) other_batch_[node.outputs[0]] = std::move(*other);
    }
    define(node.outputs[0], std::move(*result));
    leftovers_.insert(node.outputs[0]);
    leftovers_.insert(node.inputs.begin(), node.inputs.end());
    return true;
  }

  std::optional<Tensor> evaluated(const Node& node, bool other_batch) {
    // Quantized weights stay so; products could take hours.
    if (shapes::has_trait(node.op, shapes::kHasMacs)) return std::nullopt;
    if (shapes::has_trait(node.op, shapes::kStorage) && node.op != "Cast") return std::nullopt;
    if (node.op == "Identity" && !other_batch)
      if (const Tensor* same = graph_.constant(node.inputs[0])) return *same;
    Graph alone;
    for (const std::string& input : node.inputs) {
      if (input.empty()) continue;
      const Tensor* tensor = graph_.constant(input);
      if (tensor == nullptr) return std::nullopt;
      const auto other = other_batch_.find(input);
      alone.constants[input] = other_batch && other != other_batch_.end() ? other->second : *tensor;
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
      std::int64_t cells = 1;
      for (const std::int64_t size : alone.outputs[0].shape) {
        if (size < 0 || size > kMostConstantElements || cells * size > kMostConstantElements) return std::nullopt;
        cells *= size;
      }
      return reference::evaluate(alone, {}).begin()->second;
    } catch (const Error&) {
      return std::nullopt;  // the whole graph's check will say what is wrong
    }
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
  const std::set<std::string>& kept_casts_;
  std::map<std::string, Value> known_;
  std::map<std::string, Tensor> other_batch_;  ///< constants that hold the number of showers, for another number
  std::set<std::string> leftovers_;            ///< constants that a resolved node made or read
  std::int64_t made_elements_ = 0;
  Surroundings around_;
};

}  // namespace

std::map<std::string, Value> simplify(Graph& graph, const std::string& origin, int opset, bool fixed_batch,
                                      const std::set<std::string>& kept_casts) {
  return Simplifier(graph, origin, opset, fixed_batch, kept_casts).run();
}

}  // namespace octocal::model
