// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/trained_generator.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "octocal/base/interrupt.hpp"
#include "octocal/base/random.hpp"
#include "octocal/model/latent.hpp"
#include "octocal/train/cells_network.hpp"
#include "octocal/train/generator_network.hpp"
#include "octocal/train/profile_network.hpp"

namespace octocal::train {
namespace {

constexpr std::int64_t kDrawnChunk = 32;
constexpr std::int64_t kRatioFirst = std::int64_t{1} << 40;  // showers of response_ratio, apart from others

/// Latents (n, L) of showers first, first + 1, ...; energy: (n), GeV.
at::Tensor latents_of(const TrainedGenerator& generator, const at::Tensor& energy, std::uint64_t seed,
                      std::int64_t first) {
  auto numbers = at::empty({energy.size(0), static_cast<std::int64_t>(generator.spec.latent_size)}, at::kFloat);
  model::make_latents(generator.latent, seed, Draw::kPhysics, static_cast<std::uint64_t>(first),
                      std::span(energy.data_ptr<float>(), static_cast<std::size_t>(energy.numel())),
                      std::span(numbers.data_ptr<float>(), static_cast<std::size_t>(numbers.numel())));
  return numbers;
}

/// What the network of cells is told of drawn showers.
CellsCondition draw_condition(const TrainedGenerator& generator, const at::Tensor& gev, std::uint64_t seed,
                              std::int64_t first) {
  const auto& [spec, latent, sharpness, parameters] = generator;
  const auto device = parameters.begin()->second.device();
  const auto energy = gev.to(device);
  const auto normal = latents_of(generator, gev, seed, first).to(device) / (energy / 100).unsqueeze(1);
  const auto codes = draw_codes(spec, parameters, normal, energy);
  const auto numbers = at::cat({decode_description(parameters, codes, energy), relative_energy(parameters, energy)}, 1);
  return {decode_profiles(spec, parameters, codes, energy), numbers};
}

at::Tensor generate_cells(const TrainedGenerator& generator, const at::Tensor& gev, std::uint64_t seed,
                          std::int64_t first) {
  const auto& [spec, latent, sharpness, parameters] = generator;
  const auto condition = draw_condition(generator, gev, seed, first);
  const auto& image = spec.network.image;
  auto noise = at::empty({gev.size(0), 2, image.z, image.x, image.y}, at::kFloat);
  model::make_noise(seed, Draw::kPhysics, static_cast<std::uint64_t>(first), static_cast<std::size_t>(gev.size(0)),
                    std::span(noise.data_ptr<float>(), static_cast<std::size_t>(noise.numel())));
  const auto device = parameters.begin()->second.device();
  return fit_cells(draw_cells(spec, parameters, condition, noise.to(device)), condition.profiles);
}

}  // namespace

at::Tensor TrainedGenerator::generate(const at::Tensor& energy, std::uint64_t seed, std::int64_t first) const {
  const at::NoGradGuard no_gradients;
  if (spec.architecture == model::Architecture::kCells)
    return generate_cells(*this, energy.to(at::kFloat).contiguous(), seed, first);
  const auto drawn = draw(energy, seed, first);
  if (spec.output == model::OutputTransform::kProfiles)
    return fit_to_profiles(spec, parameters, drawn.rectified, drawn.profiles);
  return make_cells(spec, drawn.rectified, energy.to(at::kFloat).to(drawn.rectified.device()));
}

DrawnShower TrainedGenerator::draw(const at::Tensor& energy, std::uint64_t seed, std::int64_t first) const {
  const at::NoGradGuard no_gradients;
  const auto gev = energy.to(at::kFloat).contiguous();
  const auto device = parameters.begin()->second.device();
  const auto latents = latents_of(*this, gev, seed, first).to(device);
  const auto rectified = [&](const at::Tensor& image) { return sharpness < 0 ? image : rectify(image, sharpness); };
  if (spec.output != model::OutputTransform::kProfiles)
    return {rectified(generator_image(spec, parameters, latents)), {}};
  const auto there = gev.to(device);
  const auto normal = latents / (there / 100).unsqueeze(1);
  const auto codes = draw_codes(spec, parameters, normal, there);
  return {rectified(generator_image(spec, parameters, dense_input(spec, codes, normal, there))),
          decode_profiles(spec, parameters, codes, there)};
}

void balance_trunk(TrainedGenerator& generator, double low, double high, std::uint64_t seed) {
  const at::NoGradGuard no_gradients;
  constexpr std::int64_t kLooked = 64;
  constexpr double kReach = 4;  // of the map and of the logarithms of drawn cells, which lie beside the trunk
  const auto energy = at::linspace(low, high, kLooked, at::kFloat);
  const auto reach =
      trunk_reach(generator.spec, generator.parameters, draw_condition(generator, energy, seed, kRatioFirst));
  const double factor = std::exp2(std::round(std::log2(reach / kReach)));
  if (factor > 0 && std::isfinite(factor)) scale_trunk(generator.spec, factor, generator.parameters);
}

double response_ratio(const TrainedGenerator& generator, const data::EnergyResponse& response, double low, double high,
                      std::int64_t count, std::uint64_t seed) {
  double sum = 0;
  for (std::int64_t done = 0; done < count; done += kDrawnChunk) {
    throw_if_interrupted();
    const auto here = std::min(kDrawnChunk, count - done);
    const auto energy =
        (low + (high - low) * (at::arange(done, done + here, at::kDouble) + 0.5) / static_cast<double>(count))
            .to(at::kFloat);
    const auto ecal =
        generator.generate(energy, seed, kRatioFirst + done).sum({1, 2, 3}, false, at::kDouble).to(at::kCPU);
    for (std::int64_t i = 0; i < here; ++i) sum += ecal[i].item<double>() / response.ecal_gev(energy[i].item<double>());
  }
  return sum / static_cast<double>(count);
}

}  // namespace octocal::train
