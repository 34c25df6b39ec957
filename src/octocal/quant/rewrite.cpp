// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/rewrite.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "octocal/base/expect.hpp"

namespace octocal::quant {
namespace {

model::Tensor scalar(float number) { return model::make_tensor({}, std::vector<float>{number}); }

model::Tensor zero_point_tensor(const Grid& grid) {
  if (grid.type == model::DataType::kUint8) {
    const std::uint8_t number = static_cast<std::uint8_t>(grid.zero_point);
    return model::make_tensor(grid.type, {}, std::span(&number, 1));
  }
  const std::int8_t number = static_cast<std::int8_t>(grid.zero_point);
  return model::make_tensor(grid.type, {}, std::span(&number, 1));
}

class Rewriter {
 public:
  Rewriter(const model::Graph& graph, const Structure& structure, const Recipe& recipe)
      : source_(graph), recipe_(recipe), result_(graph) {
    result_.nodes.clear();
    result_.opset = std::max(result_.opset, 13);  // per-axis DequantizeLinear came with 13
    for (const auto& layer : structure.layers) layers_[layer.name] = &layer;
    for (const auto* site : quantized_sites(structure, recipe.keep_float32)) {
      for (const auto& value : site->values) site_of_[value] = site;
      const auto grid = activation_grid(recipe.ranges.at(site->name), recipe.activations);
      result_.constants[site->name + ".output.scale"] = scalar(grid.scale);
      result_.constants[site->name + ".output.zero_point"] = zero_point_tensor(grid);
    }
  }

  model::Graph run() {
    for (const auto& input : source_.inputs) quantize_value(input.name, input.name);
    for (const auto& node : source_.nodes) {
      auto copy = node;
      for (auto& input : copy.inputs)
        if (site_of_.contains(input)) input += ".dequantized";
      const auto layer = layers_.find(node.name);
      if (layer != layers_.end()) rewrite_layer(*layer->second, copy);
      if (node.op == "BatchNormalization") rewrite_batch_norm(copy);
      result_.nodes.push_back(std::move(copy));
      for (const auto& output : node.outputs) quantize_value(output, node.name);
    }
    drop_unused_constants(result_);
    return std::move(result_);
  }

 private:
  void quantize_value(const std::string& value, const std::string& maker) {
    const auto site = site_of_.find(value);
    if (site == site_of_.end()) return;
    const auto scale = site->second->name + ".output.scale";
    const auto zero_point = site->second->name + ".output.zero_point";
    result_.nodes.push_back(
        {maker + "/quantize", "QuantizeLinear", {value, scale, zero_point}, {value + ".quantized"}, {}});
    result_.nodes.push_back({maker + "/dequantize",
                             "DequantizeLinear",
                             {value + ".quantized", scale, zero_point},
                             {value + ".dequantized"},
                             {}});
  }

  void rewrite_layer(const Layer& layer, model::Node& node) {
    if (const auto* shift = correction_of(layer.name); shift != nullptr && layer.batch_norm.empty()) {
      const std::string bias = layer.name + ".corrected_bias";
      result_.constants[bias] = shifted(node.inputs.size() > 2 ? node.inputs[2] : "", *shift);
      node.inputs.resize(3);
      node.inputs[2] = bias;
    }
    const auto gain = recipe_.gains.find(layer.name);
    if (recipe_.keep_float32.contains(layer.name)) {
      if (gain == recipe_.gains.end()) return;
      node.inputs[1] = layer.name + ".corrected_weight";
      result_.constants[node.inputs[1]] = scaled_weight(layer, gain->second);
      return;
    }

    auto weight = quantize_weight(*source_.constant(layer.weight), layer.weight_axis, recipe_.weights);
    if (gain != recipe_.gains.end())
      for (std::size_t c = 0; c < weight.scale.size(); ++c) weight.scale[c] *= gain->second.at(c);
    const auto name = layer.name + ".weight";
    model::Shape scales;  // a scalar for one scale
    std::map<std::string, model::Attribute> attributes;
    if (recipe_.weights == WeightScheme::kPerChannel) {
      scales = {static_cast<std::int64_t>(weight.scale.size())};
      attributes["axis"] = weight.axis;
    }
    const std::vector<std::int8_t> zeros(weight.scale.size(), 0);
    result_.constants[name + ".int8"] = std::move(weight.values);
    result_.constants[name + ".scale"] = model::make_tensor(scales, weight.scale);
    result_.constants[name + ".zero_point"] =
        model::make_tensor(model::DataType::kInt8, scales, std::span<const std::int8_t>(zeros));
    result_.nodes.push_back({layer.name + "/dequantize_weight",
                             "DequantizeLinear",
                             {name + ".int8", name + ".scale", name + ".zero_point"},
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
  std::map<std::string, const Layer*> layers_;
  std::map<std::string, const Site*> site_of_;
};

}  // namespace

const std::string& corrected_value(const Layer& layer) {
  return layer.batch_norm.empty() ? layer.convolution : layer.batch_norm;
}

std::vector<const Site*> quantized_sites(const Structure& structure, const std::set<std::string>& keep_float32) {
  std::set<std::string> values;
  for (const auto& layer : structure.layers) {
    if (keep_float32.contains(layer.name)) continue;
    values.insert(layer.sources.begin(), layer.sources.end());
    if (layer.feeds_layer) values.insert(layer.output);
  }
  std::vector<const Site*> sites;
  for (const auto& site : structure.sites) {
    // All values of a site or none: they meet in a Concat, which moves bytes only if they are all quantized alike.
    if (std::any_of(site.values.begin(), site.values.end(), [&](const auto& v) { return values.contains(v); }))
      sites.push_back(&site);
  }
  return sites;
}

model::Graph insert_quantization(const model::Graph& graph, const Structure& structure, const Recipe& recipe) {
  OCTOCAL_EXPECT(std::ranges::all_of(quantized_sites(structure, recipe.keep_float32),
                                     [&](const Site* site) { return recipe.ranges.contains(site->name); }));
  return Rewriter(graph, structure, recipe).run();
}

}  // namespace octocal::quant
