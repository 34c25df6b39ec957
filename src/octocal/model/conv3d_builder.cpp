// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/conv3d_builder.hpp"

#include <map>
#include <span>
#include <utility>

namespace octocal::model {
namespace {

using Integers = std::vector<std::int64_t>;

std::string add_node(Graph& graph, const std::string& name, const std::string& op, std::vector<std::string> inputs,
                     std::map<std::string, Attribute> attributes = {}) {
  graph.nodes.push_back({name, op, std::move(inputs), {name + ":out"}, std::move(attributes)});
  return name + ":out";
}

std::string add_integers(Graph& graph, const std::string& name, const Integers& numbers) {
  graph.constants[name] = make_tensor(DataType::kInt64, {static_cast<std::int64_t>(numbers.size())},
                                      std::span<const std::int64_t>(numbers));
  return name;
}

/// Nearest: each cell copied, which is what Resize does with these attributes and whole factors.
std::string add_upsampling(Graph& graph, const std::string& layer, const std::string& value, const Integers& factors) {
  std::vector<float> scales{1, 1};
  for (const auto factor : factors) scales.push_back(static_cast<float>(factor));
  const std::string name = layer + "/upsample";
  graph.constants[name + ".scales"] = make_tensor({static_cast<std::int64_t>(scales.size())}, scales);
  return add_node(graph, name, "Resize", {value, "", name + ".scales"},
                  {{"mode", std::string("nearest")},
                   {"coordinate_transformation_mode", std::string("asymmetric")},
                   {"nearest_mode", std::string("floor")}});
}

std::string add_margin(Graph& graph, const std::string& layer, const std::string& value, const Integers& margin) {
  Integers pads{0, 0};
  pads.insert(pads.end(), margin.begin(), margin.end());
  const Integers after = pads;
  pads.insert(pads.end(), after.begin(), after.end());
  const std::string name = layer + "/pad";
  return add_node(graph, name, "Pad", {value, add_integers(graph, name + ".pads", pads)},
                  {{"mode", std::string("constant")}});
}

}  // namespace

const std::vector<Conv3dLayer>& conv3d_layers() {
  static const std::vector<Conv3dLayer> layers = {
      {"conv1", 8, 64, {6, 6, 8}, {2, 2, 3}, {3, 3, 4}, true, true, true, {2, 2, 2}, {2, 2, 0}},
      {"conv2", 64, 6, {6, 5, 8}, {0, 0, 0}, {0, 0, 0}, true, true, true, {2, 2, 3}, {1, 0, 3}},
      {"conv3", 6, 6, {3, 3, 8}, {0, 0, 0}, {0, 0, 0}, true, true, false, {}, {}},
      {"final", 6, 1, {2, 2, 2}, {0, 0, 0}, {0, 0, 0}, false, false, false, {}, {}}};
  return layers;
}

std::vector<ParameterShape> conv3d_parameters(const GeneratorSpec& spec) {
  const auto& s = kConv3dSeed;
  const std::int64_t dense = s[0] * s[1] * s[2] * s[3];
  std::vector<ParameterShape> all = {{"dense.weight", {dense, static_cast<std::int64_t>(spec.latent_size)}},
                                     {"dense.bias", {dense}}};
  for (const auto& layer : conv3d_layers()) {
    const std::string name = layer.name;
    Shape weight{layer.out, layer.in};
    weight.insert(weight.end(), layer.kernel.begin(), layer.kernel.end());
    all.push_back({name + ".weight", weight});
    if (layer.bias) all.push_back({name + ".bias", {layer.out}});
    if (!layer.batch_norm) continue;
    for (const char* part : {".gamma", ".beta", ".mean", ".variance"}) all.push_back({name + part, {layer.out}});
  }
  return all;
}

std::string add_conv3d_chain(Graph& graph, const GeneratorSpec& spec, const std::string& latent) {
  const auto& s = kConv3dSeed;
  auto value = add_node(graph, "dense", "Gemm", {latent, "dense.weight", "dense.bias"}, {{"transB", std::int64_t{1}}});
  value = add_node(graph, "seed", "Reshape", {value, add_integers(graph, "seed.shape", {-1, s[0], s[1], s[2], s[3]})});
  value = add_node(graph, "seed/channels_first", "Transpose", {value}, {{"perm", Integers{0, 4, 1, 2, 3}}});
  for (const auto& layer : conv3d_layers()) {
    const std::string name = layer.name;
    Integers pads = layer.pad_before;
    pads.insert(pads.end(), layer.pad_after.begin(), layer.pad_after.end());
    std::vector<std::string> inputs{value, name + ".weight"};
    if (layer.bias) inputs.push_back(name + ".bias");
    value = add_node(graph, name, "Conv", inputs,
                     {{"kernel_shape", layer.kernel}, {"strides", Integers{1, 1, 1}}, {"pads", pads}});
    if (layer.activation)
      value = add_node(graph, name + "/leaky_relu", "LeakyRelu", {value},
                       {{"alpha", static_cast<float>(spec.leaky_slope)}});
    if (layer.batch_norm)
      value = add_node(graph, name + "/batch_norm", "BatchNormalization",
                       {value, name + ".gamma", name + ".beta", name + ".mean", name + ".variance"},
                       {{"epsilon", static_cast<float>(spec.batch_norm_epsilon)}});
    if (!layer.upsample.empty()) value = add_upsampling(graph, name, value, layer.upsample);
    if (!layer.margin.empty()) value = add_margin(graph, name, value, layer.margin);
  }
  return value;
}

}  // namespace octocal::model
