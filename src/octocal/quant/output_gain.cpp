// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/output_gain.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "octocal/quant/calibration.hpp"

namespace octocal::quant {
namespace {

// A gain beyond these is no rounding error: the channel is as good as dead, and stays as it is.
constexpr double kSmallestGain = 0.5;
constexpr double kLargestGain = 2;

double gain_of(double aim, double is, int degree) {
  const double gain = aim > 0 && is > 0 ? std::pow(aim / is, 1.0 / degree) : 1;
  return gain >= kSmallestGain && gain <= kLargestGain ? gain : 1;
}

}  // namespace

std::optional<HomogeneousOutput> homogeneous_output(const model::Graph& graph, const Layer& layer) {
  const auto* convolution = graph.producer(layer.convolution);
  const bool biased = convolution->inputs.size() > 2 && !convolution->inputs[2].empty();
  if (!layer.is_last || layer.feeds_layer || biased || !layer.batch_norm.empty()) return std::nullopt;
  HomogeneousOutput output{layer.output, 1};
  // Means of what may be negative can be next to nothing, and no gain brings one to another.
  const auto* activation = layer.activation.empty() ? nullptr : graph.producer(layer.activation);
  bool is_positive = activation != nullptr && activation->op == "Relu";
  const auto found = [&] { return is_positive ? std::optional(output) : std::nullopt; };
  for (;;) {
    const auto readers = graph.consumers(output.value);
    // A Mul of a value with itself reads it twice.
    if (readers.empty() || std::any_of(readers.begin(), readers.end(), [&](auto* r) { return r != readers.front(); }))
      return found();
    const auto& node = *readers.front();
    if (node.op == "Mul" && node.inputs[0] == node.inputs[1]) {
      output.degree *= 2;
      is_positive = true;
    } else if (node.op == "Mul") {
      // The other factor must not hold the layer's output, nor mix its channels: a constant number, or one a shower.
      const auto& other = node.inputs[node.inputs[0] == output.value ? 1 : 0];
      const auto* constant = graph.constant(other);
      const auto* maker = graph.producer(other);
      const bool number = constant != nullptr && model::elements(constant->shape) == 1;
      const bool of_input = maker != nullptr && maker->op == "Reshape" && graph.producer(maker->inputs[0]) == nullptr;
      if (!number && !of_input) return found();
    } else if (node.op != "Relu" && node.op != "LeakyRelu") {
      return found();
    }
    if (node.op == "Relu") is_positive = true;
    output.value = node.outputs.front();
  }
}

std::map<std::string, std::vector<float>> correct_outputs(const model::Graph& graph, const Structure& structure,
                                                          const Recipe& recipe, const ShowerInputs& showers,
                                                          const Backend& backend, const std::string& origin,
                                                          Float32Answers& float32) {
  std::map<std::string, HomogeneousOutput> outputs;
  std::vector<std::string> values;
  for (const auto& layer : structure.layers)
    if (const auto output = homogeneous_output(graph, layer)) {
      outputs[layer.name] = *output;
      values.push_back(output->value);
    }
  if (values.empty()) return {};
  auto plain = recipe;
  plain.gains.clear();
  const auto quantized = insert_quantization(graph, structure, plain);
  const auto& wanted =
      float32.get("means", values, [&] { return observe_channel_means(graph, values, showers, backend, origin); });
  const auto means = observe_channel_means(quantized, values, showers, backend, origin);

  std::map<std::string, std::vector<float>> gains;
  for (const auto& [layer, output] : outputs) {
    auto aim = wanted.at(output.value);
    auto is = means.at(output.value);
    if (recipe.weights == WeightScheme::kPerTensor) {
      for (std::size_t c = 1; c < aim.size(); ++c) aim[0] += aim[c], is[0] += is[c];
      aim.resize(1);
      is.resize(1);
    }
    for (std::size_t c = 0; c < aim.size(); ++c)
      gains[layer].push_back(static_cast<float>(gain_of(aim[c], is[c], output.degree)));
  }
  return gains;
}

}  // namespace octocal::quant
