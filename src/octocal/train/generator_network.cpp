// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/generator_network.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "octocal/base/random.hpp"
#include "octocal/train/conv3d_network.hpp"
#include "octocal/train/layers.hpp"
#include "octocal/train/random_streams.hpp"

namespace octocal::train {
namespace {

constexpr double kOffsetRate = 0.1;  // gammas, betas and biases

Padding padding_of(const model::BranchLayer& layer, model::Axis axis) {
  const auto pads = model::pads_of(layer, axis);
  return {pads.before, pads.after};
}

/// One layer of a branch: a convolution's block or an upsampling.
at::Tensor apply_layer(const model::GeneratorSpec& spec, const TensorMap& parameters, const std::string& name,
                       const model::BranchLayer& layer, model::PlaneAxes plane, const at::Tensor& image) {
  const auto& weight = parameters.at(name + ".weight");
  if (layer.op == model::LayerOp::kUpsampling)
    return upsample(image, weight, parameters.at(name + ".bias"),
                    {layer.stride.along(plane.rows), layer.stride.along(plane.columns)});
  return activate_and_normalise(
      convolve(image, weight, padding_of(layer, plane.rows), padding_of(layer, plane.columns)),
      {parameters.at(name + ".gamma"), parameters.at(name + ".beta"), parameters.at(name + ".mean"),
       parameters.at(name + ".variance"), spec.batch_norm_epsilon},
      spec.leaky_slope);
}

/// Output pixels that an upsampling makes of one, by its parameters' names; other layers are not in it.
std::map<std::string, double> upsampled_pixels(const model::BranchNetwork& network) {
  std::map<std::string, double> pixels;
  const auto names = model::layer_names(network.layers);
  for (std::size_t b = 0; b < network.branches.size(); ++b) {
    const auto [rows, columns] = model::plane_of(network.branches[b]);
    for (std::size_t i = 0; i < names.size(); ++i)
      if (const auto& layer = network.layers[i]; layer.op == model::LayerOp::kUpsampling)
        pixels[fmt::format("branch{}.{}.weight", b, names[i])] =
            static_cast<double>(layer.stride.along(rows) * layer.stride.along(columns));
  }
  return pixels;
}

/// Standard deviation of the starting weights: He's for LeakyReLU, so that each block keeps the size of its input (the
/// affine batch norms do not). A transposed convolution's output sees taps/stride^2 of its kernel and has no
/// activation.
double starting_width(const model::GeneratorSpec& spec, const std::map<std::string, double>& upsampled,
                      const std::string& name, const model::Shape& shape) {
  if (name == "dense.weight") return 0.1 / std::sqrt(static_cast<double>(spec.latent_size));  // Ep/100 is up to 5
  double taps = 1;
  for (std::size_t axis = 2; axis < shape.size(); ++axis) taps *= static_cast<double>(shape[axis]);
  if (const auto pixels = upsampled.find(name); pixels != upsampled.end())
    return std::sqrt(pixels->second / (static_cast<double>(shape[0]) * taps));
  const double he = std::sqrt(2 / ((1 + spec.leaky_slope * spec.leaky_slope) * static_cast<double>(shape[1]) * taps));
  return name == "final.weight" ? 0.1 * he : he;
}

}  // namespace

TensorMap make_generator(const model::GeneratorSpec& spec, std::uint64_t seed) {
  TensorMap parameters;
  const auto upsampled = upsampled_pixels(spec.network);
  std::uint64_t index = first_of(Region::kGeneratorWeights);
  for (const auto& [name, shape] : model::generator_parameters(spec)) {
    auto tensor = at::zeros(shape, at::kFloat);
    if (name.ends_with(".weight") || name == "dense.bias") {
      std::vector<float> numbers(static_cast<std::size_t>(tensor.numel()));
      normals(seed, Draw::kTraining, index, numbers);
      // A random constant that outweighs the latents: the network is nearly homogeneous, its output would grow with Ep.
      const double width = name == "dense.bias" ? 1.0 : starting_width(spec, upsampled, name, shape);
      tensor.copy_(at::tensor(numbers).view(shape)).mul_(width);
    } else if (name.ends_with(".gamma") || name.ends_with(".variance")) {
      tensor.fill_(1);
    }
    ++index;
    if (name.find(".conv") != std::string::npos) tensor = taps_outermost(tensor);
    tensor.set_requires_grad(!name.ends_with(".mean") && !name.ends_with(".variance") &&
                             !name.starts_with("profile.") && !name.starts_with("output."));
    parameters[name] = tensor;
  }
  return parameters;
}

std::map<std::string, double> generator_rate_factors(const model::GeneratorSpec& spec) {
  std::map<std::string, double> factors;
  const auto upsampled = upsampled_pixels(spec.network);
  for (const auto& [name, shape] : model::generator_parameters(spec))
    factors[name] = name.ends_with(".weight") ? starting_width(spec, upsampled, name, shape) : kOffsetRate;
  return factors;
}

at::Tensor generator_image(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& latent) {
  if (spec.architecture == model::Architecture::kConv3d) return conv3d_image(spec, parameters, latent);
  const auto& network = spec.network;
  const auto cube = at::linear(latent, parameters.at("dense.weight"), parameters.at("dense.bias"))
                        .view({latent.size(0), network.cube.x, network.cube.y, network.cube.z});
  const auto names = model::layer_names(network.layers);
  std::vector<at::Tensor> images;
  for (std::size_t b = 0; b < network.branches.size(); ++b) {
    const auto rotation = model::rotation_of(network.branches[b]);
    const auto plane = model::plane_of(network.branches[b]);
    auto image = cube.permute(rotation.into).contiguous(at::MemoryFormat::ChannelsLast);
    for (std::size_t i = 0; i < names.size(); ++i)
      image = apply_layer(spec, parameters, fmt::format("branch{}.{}", b, names[i]), network.layers[i], plane, image);
    images.push_back(image.permute(rotation.back));
  }
  const auto joined = at::cat(images, 1).contiguous(at::MemoryFormat::ChannelsLast);
  const auto around = network.final_kernel - 1;
  return convolve(joined, parameters.at("final.weight"), {around / 2, around - around / 2});
}

at::Tensor rectify(const at::Tensor& image, double sharpness) {
  return sharpness > 0 ? at::softplus(image, sharpness) : at::relu(image);
}

at::Tensor make_cells(const model::GeneratorSpec& spec, const at::Tensor& rectified, const at::Tensor& energy) {
  const auto image = rectified.permute({0, 2, 3, 1});
  if (spec.output == model::OutputTransform::kRelu) return image;
  return image.square() * (energy * spec.output_scale).view({-1, 1, 1, 1});
}

}  // namespace octocal::train
