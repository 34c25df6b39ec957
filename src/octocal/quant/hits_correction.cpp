// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/hits_correction.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <set>
#include <span>

#include "octocal/quant/structure.hpp"

namespace octocal::quant {
namespace {

/// True if a value comes out of the graph as it is, perhaps in another order.
bool comes_out(const model::Graph& graph, std::string value) {
  static const std::set<std::string> moves{"Reshape", "Transpose", "Identity"};
  while (!graph.is_output(value)) {
    const auto readers = graph.consumers(value);
    if (readers.size() != 1 || !moves.contains(readers[0]->op)) return false;
    value = readers[0]->outputs.at(0);
  }
  return true;
}

/// Layers whose ReLU makes the cells.
std::vector<const Layer*> last_layers(const model::Graph& graph, const Structure& structure) {
  std::vector<const Layer*> layers;
  for (const auto& layer : structure.layers) {
    if (layer.feeds_layer || !layer.batch_norm.empty() || layer.activation.empty()) continue;
    if (graph.producer(layer.activation)->op == "Relu" && comes_out(graph, layer.activation)) layers.push_back(&layer);
  }
  return layers;
}

/// All numbers of each channel of some values (N, channels, ...), value by value.
std::vector<std::vector<std::vector<float>>> numbers_of_channels(const model::Graph& part, const ShowerInputs& showers,
                                                                 const Backend& backend) {
  std::vector<std::vector<std::vector<float>>> all;
  for (const auto& output : part.outputs) all.emplace_back(static_cast<std::size_t>(output.shape.at(1)));
  run_showers(part, showers, backend, [&](std::size_t count, auto outputs) {
    for (std::size_t k = 0; k < all.size(); ++k) {
      const std::size_t channels = all[k].size();
      const std::size_t pixels = outputs[k].size() / (count * channels);
      for (std::size_t i = 0; i < count * channels; ++i) {
        const auto image = std::span<const float>(outputs[k]).subspan(i * pixels, pixels);
        auto& channel = all[k][i % channels];
        channel.insert(channel.end(), image.begin(), image.end());
      }
    }
  });
  return all;
}

/// The shift that leaves `wanted` of the numbers above zero.
float shift_to(std::vector<float>& numbers, std::size_t wanted) {
  if (wanted == 0 || wanted >= numbers.size()) return 0;
  const auto next = numbers.begin() + static_cast<std::ptrdiff_t>(wanted);
  std::nth_element(numbers.begin(), next, numbers.end(), std::greater<>());
  return -*next;
}

}  // namespace

std::map<std::string, std::vector<float>> correct_hits(const model::Graph& graph, const Structure& structure,
                                                       const Recipe& recipe, const ShowerInputs& showers,
                                                       const Backend& backend, const std::string& origin,
                                                       Float32Answers& float32) {
  const auto layers = last_layers(graph, structure);
  if (layers.empty()) return {};
  std::vector<std::string> values;
  for (const auto* layer : layers) values.push_back(layer->convolution);
  auto plain = recipe;
  plain.gains.clear();
  const auto& wanted = float32.get("hits", values, [&] {
    const auto numbers = numbers_of_channels(cut_graph(graph, values, origin), showers, backend);
    Float32Answers::Numbers hits;
    for (std::size_t k = 0; k < values.size(); ++k)
      for (const auto& channel : numbers[k])
        hits[values[k]].push_back(
            static_cast<double>(std::count_if(channel.begin(), channel.end(), [](float v) { return v > 0; })));
    return hits;
  });
  auto quantized =
      numbers_of_channels(cut_graph(insert_quantization(graph, structure, plain), values, origin), showers, backend);
  std::map<std::string, std::vector<float>> shifts;
  for (std::size_t k = 0; k < layers.size(); ++k)
    for (std::size_t c = 0; c < quantized[k].size(); ++c) {
      const auto hits = static_cast<std::size_t>(wanted.at(values[k]).at(c));
      shifts[layers[k]->name].push_back(shift_to(quantized[k][c], hits));
    }
  return shifts;
}

}  // namespace octocal::quant
