// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/layer_summary.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "octocal/model/convolution_geometry.hpp"
#include "octocal/model/main_precision.hpp"

namespace octocal::model {
namespace {

template <std::size_t N>
bool is_one_of(const std::string& op, const std::array<std::string_view, N>& ops) {
  return std::find(ops.begin(), ops.end(), op) != ops.end();
}

constexpr std::array<std::string_view, 4> kWeighted{"Conv", "ConvTranspose", "Gemm", "MatMul"};
constexpr std::array<std::string_view, 16> kElementwise{"LeakyRelu", "Relu",    "BatchNormalization",
                                                        "Identity",  "Dropout", "Mul",
                                                        "Add",       "Sub",     "Div",
                                                        "Max",       "Min",     "Exp",
                                                        "Log",       "Sqrt",    "Tanh",
                                                        "Clip"};
constexpr std::array<std::string_view, 3> kStorage{"QuantizeLinear", "DequantizeLinear", "Cast"};
constexpr std::array<std::string_view, 9> kMoving{"Transpose", "Reshape", "Concat", "Identity", "Dropout",
                                                  "Slice",     "Gather",  "Resize", "Pad"};

/// Walks once over a graph and collects its layers.
class Summarizer {
 public:
  Summarizer(const Graph& graph, const std::string& origin)
      : graph_(graph), origin_(origin), values_(infer_shapes(graph, origin)) {}

  ModelSummary run() {
    ModelSummary summary;
    MainPrecision precision;
    for (const Node& node : graph_.nodes) {
      if (is_one_of(node.op, kStorage) || in_a_block_.contains(&node)) continue;
      summary.layers.push_back(layer_from(node));
      const LayerSummary& layer = summary.layers.back();
      summary.parameters += layer.parameters;
      summary.statistics += layer.statistics;
      summary.macs += layer.macs;
      precision.add(layer.precision, layer.macs);
    }
    summary.precision = precision.name();
    return summary;
  }

 private:
  LayerSummary layer_from(const Node& first) {
    LayerSummary layer;
    layer.name = first.name;
    layer.input_type = first.inputs.empty() ? "" : name_of(stored_before(first.inputs[0]));
    layer.macs = macs(first);
    const Node* last = &first;
    const bool weighted = is_one_of(first.op, kWeighted);
    if (weighted) layer.weight_type = name_of(stored_before(first.inputs[1]));
    for (const Node* node = &first; node != nullptr; node = weighted ? next_of_block(*node) : nullptr) {
      layer.ops += (layer.ops.empty() ? "" : "+") + node->op;
      count_constants(*node, layer);
      in_a_block_.insert(node);
      last = node;
    }
    layer.output = values_.at(last->outputs[0]).shape;
    const bool moving = is_one_of(first.op, kMoving);
    layer.output_type = name_of(moving ? stored_before(last->outputs[0]) : stored_after(last->outputs[0]));
    if (!moving) {
      const auto is_8_bit = [](const std::string& type) { return type == "int8" || type == "uint8"; };
      const bool int8 = weighted ? is_8_bit(layer.input_type) && is_8_bit(layer.weight_type)
                                 : reads_8_bits(first) && is_8_bit(layer.output_type);
      layer.precision = int8 ? "int8" : name_of(values_.at(first.outputs[0]).type);
    }
    return layer;
  }

  /// The node that belongs to the same block: the only reader of an output, elementwise, with constants beside it.
  const Node* next_of_block(const Node& node) const {
    const std::string& value = node.outputs[0];
    for (const Value& output : graph_.outputs) {
      if (output.name == value) return nullptr;
    }
    const auto readers = graph_.consumers(value);
    if (readers.size() != 1 || !is_one_of(readers[0]->op, kElementwise)) return nullptr;
    const auto others = std::count_if(readers[0]->inputs.begin(), readers[0]->inputs.end(),
                                      [&](const std::string& input) { return graph_.constant(input) == nullptr; });
    return others == 1 ? readers[0] : nullptr;
  }

  /// How a value is stored that a node reads: behind its DequantizeLinear, from where ops that only move numbers (and
  /// may as well move the stored ones) carry it on.
  DataType stored_before(const std::string& value) {
    if (const auto found = stored_.find(value); found != stored_.end()) return found->second;
    return stored_[value] = find_stored_before(value);
  }

  DataType find_stored_before(const std::string& value) {
    const Node* producer = graph_.producer(value);
    if (producer != nullptr && producer->op == "DequantizeLinear") return values_.at(producer->inputs[0]).type;
    if (producer == nullptr || !is_one_of(producer->op, kMoving)) return values_.at(value).type;
    const DataType stored = stored_before(producer->inputs[0]);
    if (producer->op == "Concat") {
      for (const std::string& input : producer->inputs) {
        if (stored_before(input) != stored) return values_.at(value).type;
      }
    }
    return stored;
  }

  /// True if all that a node reads besides constants is stored in 8 bits.
  bool reads_8_bits(const Node& node) {
    return std::all_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& input) {
      if (input.empty() || graph_.constant(input) != nullptr) return true;
      const DataType stored = stored_before(input);
      return stored == DataType::kInt8 || stored == DataType::kUint8;
    });
  }

  /// How a value is stored that a node makes: 8 bits if everyone reads it through QuantizeLinear.
  DataType stored_after(const std::string& value) const {
    const auto readers = graph_.consumers(value);
    for (const Node* reader : readers) {
      if (reader->op != "QuantizeLinear") return values_.at(value).type;
    }
    return readers.empty() ? values_.at(value).type : values_.at(readers[0]->outputs[0]).type;
  }

  void count_constants(const Node& node, LayerSummary& layer) {
    if (is_one_of(node.op, kMoving)) return;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      std::string name = node.inputs[i];
      if (const Node* producer = graph_.producer(name); producer != nullptr && producer->op == "DequantizeLinear") {
        name = producer->inputs[0];
      }
      const Tensor* tensor = graph_.constant(name);
      if (tensor == nullptr || !counted_.insert(name).second) continue;
      const std::size_t count = elements(tensor->shape);
      // A single factor or limit (a unit, the k of the output transform), or a list of axes, is part of the formula
      // rather than trained.
      const bool formula = is_one_of(node.op, kElementwise) && node.op != "BatchNormalization" && count == 1;
      if (formula || tensor->type == DataType::kInt64 || tensor->type == DataType::kInt32) continue;
      (node.op == "BatchNormalization" && i >= 3 ? layer.statistics : layer.parameters) += count;
    }
  }

  std::uint64_t macs(const Node& node) const {
    if (!is_one_of(node.op, kWeighted)) return 0;
    const Shape& input = values_.at(node.inputs[0]).shape;
    const Shape& weight = values_.at(node.inputs[1]).shape;
    if (node.op == "Conv" || node.op == "ConvTranspose") {
      return convolution_geometry(node, input, weight, origin_).macs();
    }
    std::uint64_t product = static_cast<std::uint64_t>(input.back());
    for (const std::int64_t size : values_.at(node.outputs[0]).shape) {
      if (size != kBatch) product *= static_cast<std::uint64_t>(size);
    }
    return product;
  }

  const Graph& graph_;
  const std::string& origin_;
  std::map<std::string, Value> values_;
  std::set<const Node*> in_a_block_;
  std::set<std::string> counted_;
  std::map<std::string, DataType> stored_;  ///< answers of stored_before: a chain of Concats would ask again and again
};

}  // namespace

ModelSummary summarize(const Graph& graph, const std::string& origin) { return Summarizer(graph, origin).run(); }

}  // namespace octocal::model
