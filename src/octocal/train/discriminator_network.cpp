#include "octocal/train/discriminator_network.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "octocal/base/random.hpp"
#include "octocal/train/layers.hpp"

namespace octocal::train {
namespace {

constexpr std::uint64_t kFirstParameter = (std::uint64_t{1} << 62) + (std::uint64_t{1} << 21);
constexpr double kSlope = 0.3;
constexpr double kEpsilon = 1e-3;
constexpr std::int64_t kJoined = 27 * 9 * 9;
constexpr std::int64_t kHidden = 10;

struct Layer {
  std::int64_t in, out, kernel;
  Padding padding;
};
constexpr std::array<Layer, 6> kLayers = {
    {{25, 64, 8, {3, 4}}, {64, 32, 6, {}}, {32, 32, 5, {}}, {32, 32, 4, {}}, {32, 32, 3, {}}, {32, 9, 3, {}}}};

/// (n, x, y, z) into each branch's image, and its result back to (n, z, x, y): as in the generator.
constexpr std::array<std::array<std::int64_t, 4>, 3> kInto = {{{0, 3, 1, 2}, {0, 1, 2, 3}, {0, 2, 1, 3}}};
constexpr std::array<std::array<std::int64_t, 4>, 3> kBack = {{{0, 1, 2, 3}, {0, 3, 1, 2}, {0, 3, 2, 1}}};

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

TensorMap make_discriminator(std::uint64_t seed) {
  TensorMap parameters;
  std::uint64_t index = kFirstParameter;
  const auto add_weight = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    auto tensor = at::empty(shape, at::kFloat);
    std::vector<float> numbers(static_cast<std::size_t>(tensor.numel()));
    normals(seed, Draw::kTraining, index++, numbers);
    const double inputs = static_cast<double>(tensor.numel() / shape[0]);
    tensor.copy_(at::tensor(numbers).view(shape)).mul_(std::sqrt(2 / ((1 + kSlope * kSlope) * inputs)));
    parameters[name] = tensor.set_requires_grad(true);
  };
  for (int b = 0; b < 3; ++b)
    for (std::size_t k = 0; k < kLayers.size(); ++k) {
      const auto name = fmt::format("branch{}.conv{}", b, k + 1);
      add_weight(name + ".weight", {kLayers[k].out, kLayers[k].in, kLayers[k].kernel, kLayers[k].kernel});
      add_norm(parameters, name, kLayers[k].out);
    }
  add_weight("dense.weight", {kHidden, kJoined});
  parameters["dense.bias"] = at::zeros({kHidden}).set_requires_grad(true);
  add_norm(parameters, "dense", kHidden);
  for (const char* head : {"real", "aux"}) {
    add_weight(fmt::format("{}.weight", head), {1, kHidden});
    parameters[fmt::format("{}.bias", head)] = at::zeros({1}).set_requires_grad(true);
  }
  return parameters;
}

Verdict discriminate(const TensorMap& parameters, const at::Tensor& cells) {
  std::vector<at::Tensor> images;
  for (std::size_t b = 0; b < kInto.size(); ++b) {
    auto image = cells.permute(kInto[b]).contiguous(at::MemoryFormat::ChannelsLast);
    for (std::size_t k = 0; k < kLayers.size(); ++k) {
      const auto name = fmt::format("branch{}.conv{}", b, k + 1);
      image = activate_and_normalise(convolve(image, parameters.at(name + ".weight"), kLayers[k].padding),
                                     norm_of(parameters, name), kSlope);
    }
    images.push_back(image.permute(kBack[b]));
  }
  const auto joined = at::cat(images, 1).reshape({cells.size(0), kJoined});
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
