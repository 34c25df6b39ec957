// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/layer_summary.hpp"

#include <algorithm>
#include <set>

#include "octocal/model/convolution_geometry.hpp"
#include "octocal/model/float_storage.hpp"
#include "octocal/model/main_precision.hpp"
#include "octocal/model/shapes/rules.hpp"

namespace octocal::model {
namespace {

using shapes::has_trait;

/// Walks once over a graph and collects its layers.
class Summarizer {
 public:
  Summarizer(const Graph& graph, const std::string& origin)
      : graph_(graph), origin_(origin), values_(infer_shapes(graph, origin)) {}

  ModelSummary run() {
    ModelSummary summary;
    MainPrecision precision;
    for (const Node& node : graph_.nodes) {
      if (has_trait(node.op, shapes::kStorage) || in_a_block_.contains(&node)) continue;
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
    const bool weighted = has_trait(first.op, shapes::kHasMacs);
    if (weighted) layer.weight_type = name_of(stored_before(first.inputs[1]));
    for (const Node* node = &first; node != nullptr; node = weighted ? next_of_block(*node) : nullptr) {
      layer.ops += (layer.ops.empty() ? "" : "+") + node->op;
      count_constants(*node, layer);
      in_a_block_.insert(node);
      last = node;
    }
    layer.output = values_.at(last->outputs[0]).shape;
    const bool moving = has_trait(first.op, shapes::kMovesNumbers);
    layer.output_type = name_of(moving ? stored_before(last->outputs[0]) : stored_after(last->outputs[0]));
    if (!moving) {
      layer.precision = weighted ? weighted_precision(layer) : "";
      const bool int8 = !weighted && reads_8_bits(first) && is_8_bit(layer.output_type);
      if (layer.precision.empty()) layer.precision = int8 ? "int8" : name_of(values_.at(first.outputs[0]).type);
    }
    return layer;
  }

  static bool is_8_bit(const std::string& type) { return type == "int8" || type == "uint8"; }

  /// What input and weights together ask for; "" if they are not both narrow.
  static std::string weighted_precision(const LayerSummary& layer) {
    const bool wide_input = layer.input_type == "int16" || layer.input_type == "uint16";
    if (is_8_bit(layer.weight_type)) return is_8_bit(layer.input_type) ? "int8" : wide_input ? "int16x8" : "";
    if (layer.weight_type == "int16") return wide_input ? "int16x12" : "";
    const bool narrow = layer.weight_type == "float16" || layer.weight_type == "bfloat16";
    return narrow && layer.input_type == layer.weight_type ? layer.weight_type : "";
  }

  /// True for what says how a value is stored that it passes on: its input is that form.
  bool unpacks(const Node& node) const {
    return node.op == "DequantizeLinear" || (node.op == "Cast" && is_16_bit_float(values_.at(node.inputs[0]).type));
  }

  /// The node that belongs to the same block: the only reader of an output, elementwise, with constants beside it.
  const Node* next_of_block(const Node& node) const {
    const std::string& value = node.outputs[0];
    if (graph_.is_output(value)) return nullptr;
    const auto readers = graph_.consumers(value);
    if (readers.size() != 1 || !has_trait(readers[0]->op, shapes::kElementwise)) return nullptr;
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
    if (producer != nullptr && unpacks(*producer)) return values_.at(producer->inputs[0]).type;
    if (producer == nullptr || !has_trait(producer->op, shapes::kMovesNumbers)) return values_.at(value).type;
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

  /// How a value is stored that a node makes: narrow if everyone reads it through QuantizeLinear or a Cast.
  DataType stored_after(const std::string& value) const {
    const auto readers = graph_.consumers(value);
    for (const Node* reader : readers) {
      if (reader->op != "QuantizeLinear" && !cast_to_16_bit_float(*reader)) return values_.at(value).type;
    }
    return readers.empty() ? values_.at(value).type : values_.at(readers[0]->outputs[0]).type;
  }

  void count_constants(const Node& node, LayerSummary& layer) {
    if (has_trait(node.op, shapes::kMovesNumbers)) return;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      std::string name = node.inputs[i];
      if (const Node* producer = graph_.producer(name); producer != nullptr && unpacks(*producer)) {
        name = producer->inputs[0];
      }
      const Tensor* tensor = graph_.constant(name);
      if (tensor == nullptr || !counted_.insert(name).second) continue;
      const std::size_t count = elements(tensor->shape);
      // A single factor or limit (a unit, the k of the output transform), or a list of axes, is part of the formula
      // rather than trained.
      const bool formula = has_trait(node.op, shapes::kElementwise) && node.op != "BatchNormalization" && count == 1;
      if (formula || tensor->type == DataType::kInt64 || tensor->type == DataType::kInt32) continue;
      (node.op == "BatchNormalization" && i >= 3 ? layer.statistics : layer.parameters) += count;
    }
  }

  std::uint64_t macs(const Node& node) const {
    if (!has_trait(node.op, shapes::kHasMacs)) return 0;
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
