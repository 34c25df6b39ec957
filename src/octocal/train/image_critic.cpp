// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/image_critic.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/random.hpp"
#include "octocal/train/device.hpp"
#include "octocal/train/random_streams.hpp"

namespace octocal::train {
namespace {

constexpr double kCriticSlope = 0.2;
constexpr double kFloorGev = 1e-5;
constexpr double kRootScale = 30;  // brings sqrt(cell/Ep) of the core to order one
constexpr double kPenalty = 10;    // gamma of R1
constexpr std::int64_t kPenaltyEvery = 4;
constexpr double kEnergyGev = 300;

struct Layer {
  std::int64_t in, out, kernel, stride, padding;
};

const std::vector<Layer>& layers() {
  static const std::vector<Layer> all = {{2, 32, 4, 2, 1}, {32, 64, 4, 2, 1}, {64, 64, 3, 1, 1}, {64, 64, 4, 2, 1}};
  return all;
}

std::int64_t after(const Layer& layer, std::int64_t cells) {
  return (cells + 2 * layer.padding - layer.kernel) / layer.stride + 1;
}

/// The layers that leave something of each axis: a calorimeter of few cells is seen by fewer of them.
std::size_t usable_layers(const model::AxisSizes& image, std::int64_t& features) {
  auto sizes = std::array{image.x, image.y, image.z};
  features = 0;
  for (std::size_t used = 0; used < layers().size(); ++used) {
    const auto& layer = layers()[used];
    for (auto& size : sizes) size = size + 2 * layer.padding < layer.kernel ? 0 : after(layer, size);
    if (std::min({sizes[0], sizes[1], sizes[2]}) < 1) return used;
    features = layer.out * sizes[0] * sizes[1] * sizes[2];
  }
  return layers().size();
}

}  // namespace

ImageCritic::ImageCritic(const model::AxisSizes& image, std::uint64_t seed, at::Device device)
    : adam_({0.5, 0.99, 1e-8}) {
  std::uint64_t index = first_of(Region::kCriticWeights);
  const auto add = [&](const std::string& name, const std::vector<std::int64_t>& shape, std::int64_t products) {
    auto tensor = at::empty(shape, at::kFloat);
    normals(seed, Draw::kTraining, index++,
            std::span(tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())));
    parameters_[name + ".weight"] = (tensor * std::sqrt(2.0 / static_cast<double>(products))).set_requires_grad(true);
    parameters_[name + ".bias"] = at::zeros({shape[0]}).set_requires_grad(true);
  };
  std::int64_t features = 0;
  const auto used = usable_layers(image, features);
  if (used == 0)
    throw bad_input(
        fmt::format("network: an image of {}x{}x{} cells (the critic of cells needs 2 along each axis); "
                    "give a larger image",
                    image.x, image.y, image.z));
  std::string name = "conv0";
  for (std::size_t i = 0; i < used; ++i) {
    const auto& layer = layers()[i];
    add(name, {layer.out, layer.in, layer.kernel, layer.kernel, layer.kernel},
        layer.in * layer.kernel * layer.kernel * layer.kernel);
    ++name.back();
  }
  add("hidden", {64, features + 1}, features);
  add("score", {1, 64}, 64);
  parameters_ = move_to(parameters_, device);
}

at::Tensor ImageCritic::seen(const at::Tensor& cells, const at::Tensor& energy) {
  const auto root = at::sqrt(cells / energy.view({-1, 1, 1, 1}) + 1e-10) * kRootScale;
  const auto logs = at::log(cells / kFloorGev + 1) / 4;
  return at::stack({root, logs}, 1);
}

at::Tensor ImageCritic::score(const TensorMap& parameters, const at::Tensor& seen, const at::Tensor& energy) {
  auto value = seen;
  std::string name = "conv0";
  for (const auto& layer : layers()) {
    if (!parameters.contains(name + ".weight")) break;
    const std::vector<std::int64_t> stride(3, layer.stride), padding(3, layer.padding);
    value = at::conv3d(value, parameters.at(name + ".weight"), parameters.at(name + ".bias"), stride, padding);
    value = at::leaky_relu(value, kCriticSlope);
    ++name.back();
  }
  value = at::cat({value.flatten(1), (energy / kEnergyGev - 1).unsqueeze(1)}, 1);
  value = at::leaky_relu(at::linear(value, parameters.at("hidden.weight"), parameters.at("hidden.bias")), kCriticSlope);
  return at::linear(value, parameters.at("score.weight"), parameters.at("score.bias")).squeeze(1);
}

double ImageCritic::train(const at::Tensor& geant4, const at::Tensor& generated, const at::Tensor& energy,
                          std::int64_t step, double rate) {
  const bool penalise = step % kPenaltyEvery == 0;
  const auto real = seen(geant4, energy).set_requires_grad(penalise);
  const auto real_score = score(parameters_, real, energy);
  const auto loss =
      at::softplus(-real_score).mean() + at::softplus(score(parameters_, seen(generated, energy), energy)).mean();
  auto whole = loss;
  if (penalise) {
    const auto gradient = torch::autograd::grad({real_score.sum()}, {real}, {}, true, true)[0];
    whole = whole + kPenalty / 2 * static_cast<double>(kPenaltyEvery) * gradient.square().sum({1, 2, 3, 4}).mean();
  }
  torch::autograd::backward({whole}, {});
  adam_.step(parameters_, rate);
  return loss.item<double>();
}

at::Tensor ImageCritic::generator_loss(const at::Tensor& generated, const at::Tensor& energy) const {
  return at::softplus(-score(clone_values(parameters_), seen(generated, energy), energy)).mean();
}

TensorMap ImageCritic::state() const {
  TensorMap state;
  for (const auto& [name, tensor] : parameters_) state["parameters." + name] = tensor;
  for (const auto& [name, tensor] : adam_.state()) state["adam." + name] = tensor;
  return state;
}

void ImageCritic::load_state(const TensorMap& state) {
  const at::NoGradGuard no_gradients;
  TensorMap adam;
  for (const auto& [name, tensor] : state) {
    if (name.starts_with("parameters.")) parameters_.at(name.substr(11)).copy_(tensor);
    if (name.starts_with("adam.")) adam[name.substr(5)] = tensor;
  }
  adam_.load_state(adam);
}

}  // namespace octocal::train
