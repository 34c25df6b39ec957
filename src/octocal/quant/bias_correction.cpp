// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/bias_correction.hpp"

#include <cstddef>

#include "octocal/quant/calibration.hpp"
#include "octocal/quant/depth.hpp"
#include "octocal/quant/output_gain.hpp"

namespace octocal::quant {

std::map<std::string, std::vector<float>> correct_biases(const model::Graph& graph, const Structure& structure,
                                                         const Recipe& recipe, const ShowerInputs& showers,
                                                         const Backend& backend, const std::string& origin,
                                                         Float32Answers& float32) {
  const auto corrects = [&](const Layer& layer) {
    return model::is_integer(precision_of(recipe.plan, layer.name)) && !homogeneous_output(graph, layer);
  };
  std::vector<std::string> values;
  for (const auto& layer : structure.layers)
    if (corrects(layer)) values.push_back(corrected_value(layer));
  if (values.empty()) return {};
  const auto& wanted =
      float32.get("means", values, [&] { return observe_channel_means(graph, values, showers, backend, origin); });

  auto corrected = recipe;
  corrected.corrections.clear();
  for (const auto& level : layers_by_depth(graph, structure, corrects)) {
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
