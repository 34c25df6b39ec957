// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/rewrite.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "octocal/base/expect.hpp"
#include "octocal/model/float_storage.hpp"
#include "octocal/model/shapes/rules.hpp"

namespace octocal::quant {
namespace {

using model::Precision;

model::Tensor scalar(float number) { return model::make_tensor({}, std::vector<float>{number}); }

template <typename T>
model::Tensor zero_point_of_type(const Grid& grid) {
  const auto number = static_cast<T>(grid.zero_point);
  return model::make_tensor(grid.type, {}, std::span(&number, 1));
}

model::Tensor zero_point_tensor(const Grid& grid) {
  switch (grid.type) {
    case model::DataType::kUint8:
      return zero_point_of_type<std::uint8_t>(grid);
    case model::DataType::kInt8:
      return zero_point_of_type<std::int8_t>(grid);
    case model::DataType::kUint16:
      return zero_point_of_type<std::uint16_t>(grid);
    default:
      return zero_point_of_type<std::int16_t>(grid);
  }
}

/// What each reader of a value wants it to be, and what follows for the layers.
class Wants {
 public:
  Wants(const model::Graph& graph, const Structure& structure, const model::PrecisionPlan& plan) : graph_(graph) {
    for (const auto& layer : structure.layers)
      plan_[layer.name] = model::activations_of(precision_of(plan, layer.name));
    for (const auto& site : structure.sites)
      for (const auto& value : site.values) sites_[value] = &site;
  }

  const Site* site_of(const std::string& value) const {
    const auto found = sites_.find(value);
    return found == sites_.end() ? nullptr : found->second;
  }

  bool is_layer(const model::Node& node) const { return plan_.contains(node.name); }

  /// A layer wants its own precision of activations, an op that moves cells the finest of those that read what it moves; others take
  /// what there is.
  std::optional<Precision> of(const model::Node& reader) const {
    if (const auto layer = plan_.find(reader.name); layer != plan_.end()) return layer->second;
    if (!passes_cells(reader)) return std::nullopt;
    return finest_reader_of(reader.outputs.at(0));
  }

  std::optional<Precision> finest_reader_of(const std::string& value) const {
    std::optional<Precision> finest;
    for (const auto* reader : graph_.consumers(value))
      if (const auto wanted = of(*reader)) finest = finest ? std::min(*finest, *wanted) : *wanted;
    return finest;
  }

  /// In what `reader` gets this value of a site.
  Precision given_to(const model::Node& reader, const std::string& value) const {
    if (const auto wanted = of(reader)) return *wanted;
    return finest_reader_of(value).value_or(Precision::kFloat32);
  }

 private:
  static bool passes_cells(const model::Node& node) {
    return node.op == "Concat" || node.op == "Reshape" || model::shapes::has_trait(node.op, model::shapes::kMovesCells);
  }

  const model::Graph& graph_;
  model::PrecisionPlan plan_;
  std::map<std::string, const Site*> sites_;
};

/// In what every value is given on: a site's by the reader, what is moved as it was, others in float32.
class Formats {
 public:
  Formats(const model::Graph& graph, const Wants& wants) : wants_(wants) {
    for (const auto& node : graph.nodes) {
      if (wants.is_layer(node) || !wants.of(node)) continue;
      if (graph.constant(node.inputs[0]) == nullptr) moved_[node.outputs.at(0)] = given_to(node, node.inputs[0]);
    }
  }

  Precision given_to(const model::Node& reader, const std::string& value) const {
    if (wants_.site_of(value) != nullptr) return wants_.given_to(reader, value);
    const auto moved = moved_.find(value);
    return moved == moved_.end() ? Precision::kFloat32 : moved->second;
  }

 private:
  const Wants& wants_;
  std::map<std::string, Precision> moved_;
};

/// "" for 8 bits, "16" for 16: of the names of pairs and their constants.
const char* bits_of(Precision precision) { return precision == Precision::kInt16x8 ? "16" : ""; }

/// What the name of a value that has passed a pair ends with; "" in float32.
std::string passed(Precision precision) {
  if (model::is_integer(precision)) return std::string(".dequantized") + bits_of(precision);
  return model::is_16_bit_float(precision) ? std::string(".from_") + model::name_of(precision) : "";
}

class Rewriter {
 public:
  Rewriter(const model::Graph& graph, const Structure& structure, const Recipe& recipe)
      : source_(graph),
        recipe_(recipe),
        result_(graph),
        wants_(graph, structure, recipe.plan),
        formats_(graph, wants_) {
    result_.nodes.clear();
    for (const auto& layer : structure.layers) layers_[layer.name] = &layer;
    for (const auto& [site, precision] : stored_sites(graph, structure, recipe.plan)) {
      const auto grid = activation_grid(recipe.range_of(site->name, precision), recipe.activations, precision);
      result_.constants[scale_of(*site, precision)] = scalar(grid.scale);
      result_.constants[zero_point_of(*site, precision)] = zero_point_tensor(grid);
    }
  }

  model::Graph run() {
    for (const auto& input : source_.inputs) quantize_value(input.name, input.name);
    for (const auto& node : source_.nodes) {
      auto copy = node;
      const auto layer = layers_.find(node.name);
      for (auto& input : copy.inputs) {
        if (wants_.site_of(input) != nullptr) input += passed(wants_.given_to(node, input));
      }
      if (layer != layers_.end()) {
        quantize_input(*layer->second, node, copy);
        rewrite_layer(*layer->second, copy);
      }
      if (node.op == "BatchNormalization") rewrite_batch_norm(copy);
      result_.nodes.push_back(std::move(copy));
      for (const auto& output : node.outputs) quantize_value(output, node.name);
    }
    drop_unused_constants(result_);
    return std::move(result_);
  }

 private:
  static std::string scale_of(const Site& site, Precision precision) {
    return site.name + ".output.scale" + bits_of(precision);
  }
  static std::string zero_point_of(const Site& site, Precision precision) {
    return site.name + ".output.zero_point" + bits_of(precision);
  }

  /// A pair behind a value for each format that a reader wants.
  void quantize_value(const std::string& value, const std::string& maker) {
    const auto* site = wants_.site_of(value);
    if (site == nullptr) return;
    std::set<Precision> wanted;
    for (const auto* reader : source_.consumers(value)) wanted.insert(wants_.given_to(*reader, value));
    for (const auto precision : wanted) add_pair(*site, precision, value, value, maker);
  }

  /// The pair that makes `name` + passed(precision) of a value; none for float32.
  void add_pair(const Site& site, Precision precision, const std::string& value, const std::string& name,
                const std::string& maker) {
    if (model::is_16_bit_float(precision)) return add_rounding(precision, value, name, maker);
    if (!model::is_integer(precision)) return;
    const std::string bits = bits_of(precision);
    const auto scale = scale_of(site, precision);
    const auto zero_point = zero_point_of(site, precision);
    const auto stored = name + ".quantized" + bits;
    result_.nodes.push_back({maker + "/quantize" + bits, "QuantizeLinear", {value, scale, zero_point}, {stored}, {}});
    result_.nodes.push_back({maker + "/dequantize" + bits,
                             "DequantizeLinear",
                             {stored, scale, zero_point},
                             {name + ".dequantized" + bits},
                             {}});
  }

  void add_rounding(Precision precision, const std::string& value, const std::string& name, const std::string& maker) {
    const std::string format = model::name_of(precision);
    const auto stored = name + "." + format;
    result_.nodes.push_back({maker + "/to_" + format,
                             "Cast",
                             {value},
                             {stored},
                             {{"to", model::cast_target(model::storage_of(precision))}}});
    result_.nodes.push_back({maker + "/from_" + format,
                             "Cast",
                             {stored},
                             {name + passed(precision)},
                             {{"to", model::cast_target(model::DataType::kFloat32)}}});
  }

  /// Where a layer reads what was moved in a finer format for another layer: a pair of its own.
  void quantize_input(const Layer& layer, const model::Node& node, model::Node& copy) {
    const auto wanted = model::activations_of(precision_of(recipe_.plan, layer.name));
    const auto given = formats_.given_to(node, layer.input);
    const bool as_wanted = wanted == given || (model::is_integer(wanted) && model::is_integer(given));
    if (wanted == Precision::kFloat32 || as_wanted) return;
    add_pair(*wants_.site_of(layer.sources.at(0)), wanted, copy.inputs[0], layer.name + ".input",
             layer.name + "/input");
    copy.inputs[0] = layer.name + ".input" + passed(wanted);
  }

  void rewrite_layer(const Layer& layer, model::Node& node) {
    if (const auto* shift = correction_of(layer.name); shift != nullptr && layer.batch_norm.empty()) {
      const std::string bias = layer.name + ".corrected_bias";
      result_.constants[bias] = shifted(node.inputs.size() > 2 ? node.inputs[2] : "", *shift);
      node.inputs.resize(3);
      node.inputs[2] = bias;
    }
    const auto gain = recipe_.gains.find(layer.name);
    const auto precision = precision_of(recipe_.plan, layer.name);
    if (!model::is_integer(precision)) {
      const bool scales = gain != recipe_.gains.end();
      const auto weight = scales ? scaled_weight(layer, gain->second) : *source_.constant(layer.weight);
      if (model::is_16_bit_float(precision)) {
        const auto name = layer.name + ".weight";
        const auto type = model::storage_of(precision);
        const auto stored = name + "." + model::name_of(type);
        result_.constants[stored] = model::rounded_to(type, weight);
        node.inputs[1] = name + passed(precision);
        result_.nodes.push_back({layer.name + "/widen_weight",
                                 "Cast",
                                 {stored},
                                 {node.inputs[1]},
                                 {{"to", model::cast_target(model::DataType::kFloat32)}}});
      } else if (scales) {
        node.inputs[1] = layer.name + ".corrected_weight";
        result_.constants[node.inputs[1]] = weight;
      }
      return;
    }

    auto weight = quantize_weight(*source_.constant(layer.weight), layer.weight_axis, recipe_.weights, precision);
    if (const auto learned = recipe_.learned.find(layer.name); learned != recipe_.learned.end())
      weight.values = model::make_tensor(model::DataType::kInt8, weight.values.shape,
                                         std::span<const std::int8_t>(learned->second));
    if (gain != recipe_.gains.end())
      for (std::size_t c = 0; c < weight.scale.size(); ++c) weight.scale[c] *= gain->second.at(c);
    const auto name = layer.name + ".weight";
    model::Shape scales;  // a scalar for one scale
    std::map<std::string, model::Attribute> attributes;
    if (recipe_.weights == WeightScheme::kPerChannel) {
      scales = {static_cast<std::int64_t>(weight.scale.size())};
      attributes["axis"] = weight.axis;
    }
    const auto type = weight.values.type;
    const auto stored = name + "." + model::name_of(type);
    result_.constants[stored] = std::move(weight.values);
    result_.constants[name + ".scale"] = model::make_tensor(scales, weight.scale);
    result_.constants[name + ".zero_point"] = {type, scales,
                                               std::vector<std::byte>(model::size_of(type) * weight.scale.size())};
    result_.nodes.push_back({layer.name + "/dequantize_weight",
                             "DequantizeLinear",
                             {stored, name + ".scale", name + ".zero_point"},
                             {name + ".dequantized"},
                             std::move(attributes)});
    node.inputs[1] = name + ".dequantized";
  }

  /// A float32 weight with its output channels multiplied.
  model::Tensor scaled_weight(const Layer& layer, const std::vector<float>& gain) const {
    auto weight = *source_.constant(layer.weight);
    std::size_t inner = 1;
    for (std::size_t axis = static_cast<std::size_t>(layer.weight_axis) + 1; axis < weight.shape.size(); ++axis)
      inner *= static_cast<std::size_t>(weight.shape[axis]);
    auto numbers = weight.as<float>();
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] *= gain[i / inner % gain.size()];
    return weight;
  }

  void rewrite_batch_norm(model::Node& node) {
    for (const auto& [name, layer] : layers_) {
      if (layer->batch_norm != node.outputs.front()) continue;
      const auto* shift = correction_of(name);
      if (shift == nullptr) return;
      const auto beta = name + ".corrected_beta";
      result_.constants[beta] = shifted(node.inputs[2], *shift);
      node.inputs[2] = beta;
    }
  }

  const std::vector<float>* correction_of(const std::string& layer) const {
    const auto found = recipe_.corrections.find(layer);
    return found == recipe_.corrections.end() ? nullptr : &found->second;
  }

  /// The constant, or zeros if it has no name, plus a shift for each channel.
  model::Tensor shifted(const std::string& constant, const std::vector<float>& shift) const {
    auto sum = shift;
    if (!constant.empty()) {
      const auto before = source_.constant(constant)->as<float>();
      for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += before[c];
    }
    return model::make_tensor({static_cast<std::int64_t>(sum.size())}, sum);
  }

  const model::Graph& source_;
  const Recipe& recipe_;
  model::Graph result_;
  Wants wants_;
  Formats formats_;
  std::map<std::string, const Layer*> layers_;
};

}  // namespace

const std::string& corrected_value(const Layer& layer) {
  return layer.batch_norm.empty() ? layer.convolution : layer.batch_norm;
}

model::Precision precision_of(const model::PrecisionPlan& plan, const std::string& layer) {
  const auto found = plan.find(layer);
  return found == plan.end() ? Precision::kFloat32 : found->second;
}

std::vector<StoredSite> stored_sites(const model::Graph& graph, const Structure& structure,
                                     const model::PrecisionPlan& plan) {
  const Wants wants(graph, structure, plan);
  const Formats formats(graph, wants);
  std::map<const Site*, std::set<Precision>> stored;
  for (const auto& site : structure.sites)
    for (const auto& value : site.values)
      for (const auto* reader : graph.consumers(value)) stored[&site].insert(wants.given_to(*reader, value));
  for (const auto& layer : structure.layers) {
    const auto wanted = model::activations_of(precision_of(plan, layer.name));
    const auto& node = *graph.producer(layer.convolution);
    if (!model::is_integer(formats.given_to(node, layer.input)))
      stored[wants.site_of(layer.sources.at(0))].insert(wanted);
  }
  std::vector<StoredSite> sites;
  for (const auto& site : structure.sites)
    for (const auto precision : stored[&site])
      if (model::is_integer(precision)) sites.push_back({&site, precision});
  return sites;
}

model::PrecisionPlan effective_plan(const model::Graph& graph, const Structure& structure,
                                    const model::PrecisionPlan& plan) {
  const Wants wants(graph, structure, plan);
  const Formats formats(graph, wants);
  auto effective = plan;
  for (const auto& layer : structure.layers) {
    const auto wanted = precision_of(plan, layer.name);
    const auto given = formats.given_to(*graph.producer(layer.convolution), layer.input);
    if (wanted == Precision::kInt8 && model::is_integer(given)) effective[layer.name] = given;
  }
  return effective;
}

model::Graph insert_quantization(const model::Graph& graph, const Structure& structure, const Recipe& recipe) {
  OCTOCAL_EXPECT(std::ranges::all_of(stored_sites(graph, structure, recipe.plan), [&](const StoredSite& stored) {
    return recipe.ranges.contains(stored.site->name);
  }));
  return Rewriter(graph, structure, recipe).run();
}

}  // namespace octocal::quant
