// SPDX-License-Identifier: Apache-2.0
#include "training/plain_networks.hpp"

#include <ATen/ATen.h>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace octocal::bench {
namespace {

constexpr double kSlope = 0.3;
constexpr double kEpsilon = 1e-3;

struct Rotation {
  std::array<std::int64_t, 4> into, back;
};
constexpr std::array<Rotation, 3> kRotations = {
    {{{0, 3, 1, 2}, {0, 1, 2, 3}}, {{0, 1, 2, 3}, {0, 3, 1, 2}}, {{0, 2, 1, 3}, {0, 3, 2, 1}}}};

struct Pads {
  std::int64_t before, after;
};
constexpr std::array<Pads, 7> kGeneratorPads = {{{2, 2}, {2, 2}, {3, 4}, {0, 0}, {1, 2}, {1, 1}, {0, 0}}};
constexpr std::array<Pads, 6> kDiscriminatorPads = {{{3, 4}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}}};

at::Tensor normalised(const train::TensorMap& p, const std::string& name, const at::Tensor& image) {
  return at::batch_norm(at::leaky_relu(image, kSlope), p.at(name + ".gamma"), p.at(name + ".beta"),
                        p.at(name + ".mean"), p.at(name + ".variance"), false, 0.1, kEpsilon, false);
}

at::Tensor block(const train::TensorMap& p, const std::string& name, const at::Tensor& image, Pads pads) {
  const auto& weight = p.at(name + ".weight");
  if (pads.before == pads.after)
    return normalised(p, name, at::conv2d(image, weight, {}, 1, {pads.before, pads.before}));
  const auto padded = at::constant_pad_nd(image, {pads.before, pads.after, pads.before, pads.after}, 0);
  return normalised(p, name, at::conv2d(padded, weight));
}

}  // namespace

at::Tensor plain_generator(const model::GeneratorSpec&, const train::TensorMap& p, const at::Tensor& latent) {
  const auto cube = at::linear(latent, p.at("dense.weight"), p.at("dense.bias")).view({latent.size(0), 5, 5, 5});
  std::vector<at::Tensor> images;
  for (std::size_t b = 0; b < kRotations.size(); ++b) {
    const auto branch = "branch" + std::to_string(b) + ".";
    auto image = block(p, branch + "conv1", cube.permute(kRotations[b].into).contiguous(), kGeneratorPads[0]);
    image = at::conv_transpose2d(image, p.at(branch + "upsample1.weight"), p.at(branch + "upsample1.bias"), 3, 1);
    image = block(p, branch + "conv2", image, kGeneratorPads[1]);
    image = at::conv_transpose2d(image, p.at(branch + "upsample2.weight"), p.at(branch + "upsample2.bias"), 2, 1)
                .narrow(2, 0, 30)
                .narrow(3, 0, 30);
    image = block(p, branch + "conv3", image, kGeneratorPads[2]);
    for (std::size_t k = 4; k <= 7; ++k)
      image = block(p, branch + "conv" + std::to_string(k), image, kGeneratorPads[k - 1]);
    images.push_back(image.permute(kRotations[b].back));
  }
  return at::conv2d(at::cat(images, 1), p.at("final.weight"), {}, 1, {1, 1});
}

train::DiscriminatorOutput plain_discriminator(const train::TensorMap& p, const at::Tensor& cells) {
  std::vector<at::Tensor> images;
  for (std::size_t b = 0; b < kRotations.size(); ++b) {
    auto image = cells.permute(kRotations[b].into).contiguous();
    for (std::size_t k = 0; k < kDiscriminatorPads.size(); ++k)
      image = block(p, "branch" + std::to_string(b) + ".conv" + std::to_string(k + 1), image, kDiscriminatorPads[k]);
    images.push_back(image.permute(kRotations[b].back));
  }
  const auto joined = at::cat(images, 1).reshape({cells.size(0), -1});
  const auto hidden = normalised(p, "dense", at::linear(joined, p.at("dense.weight"), p.at("dense.bias")));
  const auto head = [&](const std::string& name) {
    return at::linear(hidden, p.at(name + ".weight"), p.at(name + ".bias")).squeeze(1);
  };
  return {head("real"), head("aux"), cells.sum({1, 2, 3})};
}

}  // namespace octocal::bench
