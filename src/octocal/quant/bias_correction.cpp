// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/bias_correction.hpp"

#include <algorithm>
#include <cstddef>

#include "octocal/quant/calibration.hpp"
#include "octocal/quant/output_gain.hpp"

namespace octocal::quant {
namespace {

/// Layers of integers to correct by their depth: the largest number of layers on a way from the input to them.
std::vector<std::vector<const Layer*>> by_depth(const model::Graph& graph, const Structure& structure,
                                                const model::PrecisionPlan& plan) {
  std::map<std::string, const Layer*> layers;
  for (const auto& layer : structure.layers) layers[layer.name] = &layer;
  std::map<std::string, std::size_t> depth;  // of values
  std::vector<std::vector<const Layer*>> levels;
  for (const auto& node : graph.nodes) {
    std::size_t deepest = 0;
    for (const auto& input : node.inputs) {
      const auto found = depth.find(input);
      if (found != depth.end()) deepest = std::max(deepest, found->second);
    }
    const auto layer = layers.find(node.name);
    if (layer != layers.end() && model::is_integer(precision_of(plan, node.name)) &&
        !homogeneous_output(graph, *layer->second)) {
      levels.resize(std::max(levels.size(), deepest + 1));
      levels[deepest].push_back(layer->second);
      ++deepest;
    }
    for (const auto& output : node.outputs) depth[output] = deepest;
  }
  return levels;
}

}  // namespace

std::map<std::string, std::vector<float>> correct_biases(const model::Graph& graph, const Structure& structure,
                                                         const Recipe& recipe, const ShowerInputs& showers,
                                                         const Backend& backend, const std::string& origin,
                                                         Float32Answers& float32) {
  std::vector<std::string> values;
  for (const auto& layer : structure.layers)
    if (model::is_integer(precision_of(recipe.plan, layer.name)) && !homogeneous_output(graph, layer))
      values.push_back(corrected_value(layer));
  if (values.empty()) return {};
  const auto& wanted =
      float32.get("means", values, [&] { return observe_channel_means(graph, values, showers, backend, origin); });

  auto corrected = recipe;
  corrected.corrections.clear();
  for (const auto& level : by_depth(graph, structure, recipe.plan)) {
    values.clear();
    for (const auto* layer : level) values.push_back(corrected_value(*layer));
    const auto quantized = insert_quantization(graph, structure, corrected);
    const auto means = observe_channel_means(quantized, values, showers, backend, origin);
    for (const auto* layer : level) {
      const auto& aim = wanted.at(corrected_value(*layer));
      const auto& is = means.at(corrected_value(*layer));
      auto& shift = corrected.corrections[layer->name];
      for (std::size_t c = 0; c < aim.size(); ++c) shift.push_back(static_cast<float>(aim[c] - is[c]));
    }
  }
  return corrected.corrections;
}

}  // namespace octocal::quant
