#include "octocal/train/generator_network.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "octocal/base/random.hpp"
#include "octocal/train/layers.hpp"

namespace octocal::train {
namespace {

constexpr double kOffsetRate = 0.1;                                // gammas, betas and biases
constexpr std::uint64_t kFirstParameter = std::uint64_t{1} << 62;  // apart from the batches' numbers of the same seed

/// How the cube (N, x, y, z) becomes a branch's image and that becomes (N, z, x, y) again: fixed, the export relies on
/// it.
struct Rotation {
  std::array<std::int64_t, 4> into, back;
};
constexpr std::array<Rotation, 3> kRotations = {
    {{{0, 3, 1, 2}, {0, 1, 2, 3}}, {{0, 1, 2, 3}, {0, 3, 1, 2}}, {{0, 2, 1, 3}, {0, 3, 2, 1}}}};

/// Padding of convK, K = 1..7 (index K - 1).
constexpr std::array<Padding, 7> kPadding = {{{2, 2}, {2, 2}, {3, 4}, {0, 0}, {1, 2}, {1, 1}, {0, 0}}};

at::Tensor block(const model::GeneratorSpec& spec, const TensorMap& parameters, const std::string& name,
                 const at::Tensor& image, Padding padding) {
  const auto convolved = convolve(image, parameters.at(name + ".weight"), padding);
  return activate_and_normalise(
      convolved,
      {parameters.at(name + ".gamma"), parameters.at(name + ".beta"), parameters.at(name + ".mean"),
       parameters.at(name + ".variance"), spec.batch_norm_epsilon},
      spec.leaky_slope);
}

/// Standard deviation of the starting weights: He's for LeakyReLU, so that each block keeps the size of its input (the
/// affine batch norms do not). A transposed convolution's output sees taps/stride^2 of its kernel and has no
/// activation.
double starting_width(const model::GeneratorSpec& spec, const std::string& name, const model::Shape& shape) {
  if (name == "dense.weight") return 0.1 / std::sqrt(static_cast<double>(spec.latent_size));  // Ep/100 is up to 5
  const double taps = shape.size() == 4 ? static_cast<double>(shape[2] * shape[3]) : 1;
  if (name.ends_with("upsample1.weight")) return std::sqrt(9 / (static_cast<double>(shape[0]) * taps));
  if (name.ends_with("upsample2.weight")) return std::sqrt(4 / (static_cast<double>(shape[0]) * taps));
  const double he = std::sqrt(2 / ((1 + spec.leaky_slope * spec.leaky_slope) * static_cast<double>(shape[1]) * taps));
  return name == "final.weight" ? 0.1 * he : he;
}

}  // namespace

TensorMap make_generator(const model::GeneratorSpec& spec, std::uint64_t seed) {
  TensorMap parameters;
  std::uint64_t index = kFirstParameter;
  for (const auto& [name, shape] : model::generator_parameters(spec)) {
    auto tensor = at::zeros(shape, at::kFloat);
    if (name.ends_with(".weight") || name == "dense.bias") {
      std::vector<float> numbers(static_cast<std::size_t>(tensor.numel()));
      normals(seed, Draw::kTraining, index, numbers);
      // A random constant that outweighs the latents: the network is nearly homogeneous, its output would grow with Ep.
      const double width = name == "dense.bias" ? 1.0 : starting_width(spec, name, shape);
      tensor.copy_(at::tensor(numbers).view(shape)).mul_(width);
    } else if (name.ends_with(".gamma") || name.ends_with(".variance")) {
      tensor.fill_(1);
    }
    ++index;
    tensor.set_requires_grad(!name.ends_with(".mean") && !name.ends_with(".variance"));
    parameters[name] = tensor;
  }
  return parameters;
}

std::map<std::string, double> generator_rate_factors(const model::GeneratorSpec& spec) {
  std::map<std::string, double> factors;
  for (const auto& [name, shape] : model::generator_parameters(spec))
    factors[name] = name.ends_with(".weight") ? starting_width(spec, name, shape) : kOffsetRate;
  return factors;
}

at::Tensor generator_image(const model::GeneratorSpec& spec, const TensorMap& parameters, const at::Tensor& latent) {
  const auto cube =
      at::linear(latent, parameters.at("dense.weight"), parameters.at("dense.bias")).view({latent.size(0), 5, 5, 5});
  std::vector<at::Tensor> images;
  for (std::size_t b = 0; b < kRotations.size(); ++b) {
    const auto name = [b](const char* layer) { return fmt::format("branch{}.{}", b, layer); };
    const auto upsampled = [&](const at::Tensor& image, const char* layer, std::int64_t stride) {
      return upsample(image, parameters.at(name(layer) + ".weight"), parameters.at(name(layer) + ".bias"), stride);
    };
    auto image = cube.permute(kRotations[b].into).contiguous(at::MemoryFormat::ChannelsLast);
    image = block(spec, parameters, name("conv1"), image, kPadding[0]);
    image = block(spec, parameters, name("conv2"), upsampled(image, "upsample1", 3), kPadding[1]);
    image = block(spec, parameters, name("conv3"), upsampled(image, "upsample2", 2), kPadding[2]);
    for (std::size_t k = 4; k <= 7; ++k)
      image = block(spec, parameters, fmt::format("branch{}.conv{}", b, k), image, kPadding[k - 1]);
    images.push_back(image.permute(kRotations[b].back));
  }
  const auto joined = at::cat(images, 1).contiguous(at::MemoryFormat::ChannelsLast);
  return convolve(joined, parameters.at("final.weight"), {1, 1});
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
