// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/discriminator_network.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "octocal/base/random.hpp"
#include "octocal/train/layers.hpp"
#include "octocal/train/random_streams.hpp"

namespace octocal::train {
namespace {

constexpr double kSlope = 0.3;
constexpr double kEpsilon = 1e-3;

/// Numbers that the branches put out for one shower.
std::int64_t joined_numbers(const model::DiscriminatorNetwork& network, const model::AxisSizes& image) {
  std::int64_t sum = 0;
  for (const auto channels : network.branches) {
    const auto [rows, columns] = model::plane_of(channels);
    auto height = image.along(rows);
    auto width = image.along(columns);
    for (const auto& layer : network.layers) {
      height = model::pixels_after(layer, rows, height);
      width = model::pixels_after(layer, columns, width);
    }
    sum += network.layers.back().channels * height * width;
  }
  return sum;
}

Padding critic_padding(const model::BranchLayer& layer, model::Axis axis) {
  const auto pads = model::pads_of(layer, axis);
  return {pads.before, pads.after};
}

BlockNorm norm_of(const TensorMap& parameters, const std::string& name) {
  return {parameters.at(name + ".gamma"), parameters.at(name + ".beta"), parameters.at(name + ".mean"),
          parameters.at(name + ".variance"), kEpsilon};
}

void add_norm(TensorMap& parameters, const std::string& name, std::int64_t channels) {
  parameters[name + ".gamma"] = at::ones({channels}).set_requires_grad(true);
  parameters[name + ".beta"] = at::zeros({channels}).set_requires_grad(true);
  parameters[name + ".mean"] = at::zeros({channels});
  parameters[name + ".variance"] = at::ones({channels});
}

}  // namespace

TensorMap make_discriminator(const model::DiscriminatorNetwork& network, const model::AxisSizes& image,
                             std::uint64_t seed) {
  TensorMap parameters;
  std::uint64_t index = first_of(Region::kDiscriminatorWeights);
  const auto add_weight = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    auto tensor = at::empty(shape, at::kFloat);
    std::vector<float> numbers(static_cast<std::size_t>(tensor.numel()));
    normals(seed, Draw::kTraining, index++, numbers);
    const double inputs = static_cast<double>(tensor.numel() / shape[0]);
    tensor.copy_(at::tensor(numbers).view(shape)).mul_(std::sqrt(2 / ((1 + kSlope * kSlope) * inputs)));
    parameters[name] = taps_outermost(tensor).set_requires_grad(true);
  };
  for (std::size_t b = 0; b < network.branches.size(); ++b) {
    const auto [rows, columns] = model::plane_of(network.branches[b]);
    auto in = image.along(network.branches[b]);
    for (std::size_t k = 0; k < network.layers.size(); ++k) {
      const auto& layer = network.layers[k];
      const auto name = fmt::format("branch{}.conv{}", b, k + 1);
      add_weight(name + ".weight", {layer.channels, in, layer.kernel.along(rows), layer.kernel.along(columns)});
      add_norm(parameters, name, layer.channels);
      in = layer.channels;
    }
  }
  add_weight("dense.weight", {network.hidden, joined_numbers(network, image)});
  parameters["dense.bias"] = at::zeros({network.hidden}).set_requires_grad(true);
  add_norm(parameters, "dense", network.hidden);
  for (const char* head : {"real", "aux"}) {
    add_weight(fmt::format("{}.weight", head), {1, network.hidden});
    parameters[fmt::format("{}.bias", head)] = at::zeros({1}).set_requires_grad(true);
  }
  return parameters;
}

DiscriminatorOutput discriminate(const model::DiscriminatorNetwork& network, const TensorMap& parameters,
                                 const at::Tensor& cells) {
  std::vector<at::Tensor> images;
  for (std::size_t b = 0; b < network.branches.size(); ++b) {
    const auto rotation = model::rotation_of(network.branches[b]);
    const auto [rows, columns] = model::plane_of(network.branches[b]);
    auto image = cells.permute(rotation.into).contiguous(at::MemoryFormat::ChannelsLast);
    for (std::size_t k = 0; k < network.layers.size(); ++k) {
      const auto& layer = network.layers[k];
      const auto name = fmt::format("branch{}.conv{}", b, k + 1);
      const auto convolved =
          convolve(image, parameters.at(name + ".weight"), critic_padding(layer, rows), critic_padding(layer, columns));
      image = activate_and_normalise(convolved, norm_of(parameters, name), kSlope);
    }
    images.push_back(image.permute(rotation.back).flatten(1));
  }
  const auto joined = at::cat(images, 1);
  const auto hidden = at::linear(joined, parameters.at("dense.weight"), parameters.at("dense.bias"));
  const auto norm = norm_of(parameters, "dense");
  const auto scale = norm.gamma / at::sqrt(norm.variance + norm.epsilon);
  const auto features = (at::leaky_relu(hidden, kSlope) - norm.mean) * scale + norm.beta;
  const auto head = [&](const std::string& name) {
    return at::linear(features, parameters.at(name + ".weight"), parameters.at(name + ".bias")).squeeze(1);
  };
  return {head("real"), head("aux"), cells.sum({1, 2, 3})};
}

}  // namespace octocal::train
