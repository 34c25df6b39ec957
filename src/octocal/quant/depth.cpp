// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/depth.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

namespace octocal::quant {

std::vector<std::vector<const Layer*>> layers_by_depth(const model::Graph& graph, const Structure& structure,
                                                       const std::function<bool(const Layer&)>& chosen) {
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
    if (layer != layers.end() && chosen(*layer->second)) {
      levels.resize(std::max(levels.size(), deepest + 1));
      levels[deepest].push_back(layer->second);
      ++deepest;
    }
    for (const auto& output : node.outputs) depth[output] = deepest;
  }
  return levels;
}

}  // namespace octocal::quant
