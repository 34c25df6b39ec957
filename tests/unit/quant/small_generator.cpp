// SPDX-License-Identifier: Apache-2.0
#include "unit/quant/small_generator.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "octocal/base/random.hpp"

namespace octocal::quant::testing {
namespace {

using Attributes = std::map<std::string, model::Attribute>;

class Builder {
 public:
  explicit Builder(std::uint64_t seed) : seed_(seed) {}

  std::string add(const std::string& name, const std::string& op, std::vector<std::string> inputs,
                  Attributes attributes = {}, std::string output = {}) {
    if (output.empty()) output = name + ":out";
    graph.nodes.push_back({name, op, std::move(inputs), {output}, std::move(attributes)});
    return output;
  }

  std::string weight(const std::string& name, const model::Shape& shape, float width, float centre = 0) {
    auto tensor = random_tensor(shape, width, seed_++);
    for (float& x : tensor.as<float>()) x += centre;
    graph.constants[name] = std::move(tensor);
    return name;
  }

  std::string block(const std::string& name, const std::string& input, std::int64_t in, std::int64_t out,
                    std::int64_t kernel, std::int64_t pad) {
    const float width = std::sqrt(2.0F / static_cast<float>(in * kernel * kernel));
    auto value = add(name, "Conv", {input, weight(name + ".w", {out, in, kernel, kernel}, width)},
                     {{"pads", std::vector<std::int64_t>{pad, pad, pad, pad}}});
    value = add(name + "/leaky_relu", "LeakyRelu", {value}, {{"alpha", 0.3F}});
    return add(name + "/batch_norm", "BatchNormalization",
               {value, weight(name + ".gamma", {out}, 0.1F, 1), weight(name + ".beta", {out}, 0.1F),
                weight(name + ".mean", {out}, 0.1F), weight(name + ".variance", {out}, 0.02F, 1)},
               {{"epsilon", 1e-3F}});
  }

  model::Graph graph;

 private:
  std::uint64_t seed_;
};

}  // namespace

model::Tensor random_tensor(const model::Shape& shape, float width, std::uint64_t seed) {
  std::vector<float> numbers(model::elements(shape));
  normals(99, Draw::kTraining, seed, numbers);
  for (float& x : numbers) x *= width;
  return model::make_tensor(shape, numbers);
}

model::Graph small_generator(std::uint64_t seed, bool energy_square) {
  Builder build(seed * 1000);
  build.graph.inputs.push_back({"latent", model::DataType::kFloat32, {model::kBatch, 8}});
  const std::vector<std::int64_t> cube_shape = {-1, 4, 4, 4};
  build.graph.constants["cube.shape"] =
      model::make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(cube_shape));
  auto cube = build.add("dense", "Gemm",
                        {"latent", build.weight("dense.w", {64, 8}, 0.35F), build.weight("dense.b", {64}, 0.1F)},
                        {{"transB", std::int64_t{1}}});
  cube = build.add("cube", "Reshape", {cube, "cube.shape"});
  std::vector<std::string> images;
  for (const std::string branch : {"branch0", "branch1"}) {
    const std::vector<std::int64_t> turn = {0, 1, 3, 2};
    const bool turned = branch == "branch1";
    auto value = turned ? build.add(branch + "/rotate", "Transpose", {cube}, {{"perm", turn}}) : cube;
    value = build.block(branch + "/conv1", value, 4, 6, 3, 1);
    value = build.add(
        branch + "/upsample1", "ConvTranspose",
        {value, build.weight(branch + ".up.w", {6, 5, 3, 3}, 0.3F), build.weight(branch + ".up.b", {5}, 0.1F)},
        {{"strides", std::vector<std::int64_t>{2, 2}}});
    value = build.block(branch + "/conv2", value, 5, 4, 2, 0);
    images.push_back(turned ? build.add(branch + "/rotate_back", "Transpose", {value}, {{"perm", turn}}) : value);
  }
  auto value = build.add("concat", "Concat", images, {{"axis", std::int64_t{1}}});
  value = build.add("final", "Conv", {value, build.weight("final.w", {8, 8, 3, 3}, 0.17F)},
                    {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  value = build.add("final/relu", "Relu", {value}, {}, energy_square ? "" : "cells");
  if (energy_square) {
    build.graph.inputs.push_back({"energy", model::DataType::kFloat32, {model::kBatch, 1}});
    const std::vector<std::int64_t> energy_shape = {-1, 1, 1, 1};
    build.graph.constants["energy.shape"] =
        model::make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(energy_shape));
    build.graph.constants["output.scale"] = model::make_tensor({1}, {0.03F});
    value = build.add("output/square", "Mul", {value, value});
    value = build.add("output/scale", "Mul", {"output.scale", value});
    const auto energy = build.add("output/energy", "Reshape", {"energy", "energy.shape"});
    build.add("output/times_energy", "Mul", {value, energy}, {}, "cells");
  }
  build.graph.outputs.push_back({"cells", model::DataType::kFloat32, {model::kBatch, 8, 8, 8}});
  build.graph.metadata["octocal.latent"] = "paper";
  return build.graph;
}

model::GeneratorInfo small_info() {
  model::GeneratorInfo info;
  info.energy_min_gev = 100;
  info.energy_max_gev = 500;
  info.nx = info.ny = info.nz = 8;
  info.latent_size = 8;
  return info;
}

ShowerInputs small_showers(std::size_t n, std::uint64_t seed) {
  return make_inputs(small_info(), uniform_energies(small_info(), n, seed), seed);
}

std::size_t count_op(const model::Graph& graph, const std::string& op) {
  return static_cast<std::size_t>(
      std::count_if(graph.nodes.begin(), graph.nodes.end(), [&](const auto& node) { return node.op == op; }));
}

}  // namespace octocal::quant::testing
