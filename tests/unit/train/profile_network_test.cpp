// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "octocal/base/random.hpp"
#include "octocal/model/generator_builder.hpp"
#include "octocal/model/latent.hpp"
#include "octocal/model/reference/evaluate.hpp"
#include "octocal/train/export.hpp"
#include "octocal/train/generator_network.hpp"
#include "octocal/train/profile_flow.hpp"
#include "octocal/train/trained_generator.hpp"
#include "unit/train/synthetic_showers.hpp"

namespace octocal::train {
namespace {

model::GeneratorSpec profile_spec() {
  model::GeneratorSpec spec;
  spec.output = model::OutputTransform::kProfiles;
  spec.profile.hidden = 16;
  spec.profile.leading_couplings = 3;
  return spec;
}

at::Tensor normal_numbers(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  std::vector<float> numbers(static_cast<std::size_t>(rows * columns));
  normals(seed, Draw::kPhysics, 0, numbers);
  return at::tensor(numbers).view({rows, columns});
}

ProfileSample synthetic(std::size_t count, std::uint64_t seed) {
  auto batch = make_synthetic_showers(count, seed);
  ProfileSample sample;
  sample.add(at::tensor(batch.cells_gev).view({static_cast<std::int64_t>(count), 25, 25, 25}),
             at::tensor(batch.energy_gev));
  return sample;
}

/// Fitted in a moment: the couplings have moved away from the identity, the rest is final.
const TensorMap& fitted() {
  static const TensorMap parameters = [] {
    ProfileFitSettings settings;
    settings.steps = 60;
    settings.batch = 128;
    return fit_profile_network(profile_spec(), settings, synthetic(300, 1), synthetic(100, 2), 8);
  }();
  return parameters;
}

at::Tensor energies(std::int64_t count) { return at::linspace(110, 490, count, at::kFloat); }

TEST(ProfileNetwork, EncodingUndoesDrawing) {
  const auto normal = normal_numbers(20, 80, 3);
  const auto codes = draw_codes(profile_spec(), fitted(), normal, energies(20));
  const auto encoded = encode(profile_spec(), fitted(), codes, energies(20));
  EXPECT_GT((codes - normal.narrow(1, 0, 74)).abs().max().item<float>(), 0.01);
  EXPECT_LT((encoded.normal - normal.narrow(1, 0, 74)).abs().max().item<float>(), 1e-4);
}

TEST(ProfileNetwork, VolumeIsTheJacobiansDeterminant) {
  // Central differences of every number, in float64.
  TensorMap parameters;
  for (const auto& [name, tensor] : fitted()) parameters[name] = tensor.to(at::kDouble);
  const auto spec = profile_spec();
  const auto codes =
      draw_codes(spec, parameters, normal_numbers(1, 74, 5).to(at::kDouble), energies(1).to(at::kDouble));
  const double step = 1e-5;
  const auto moved = codes.expand({74, 74});
  const auto shift = step * at::eye(74, at::kDouble);
  const auto energy = energies(1).to(at::kDouble).expand({74});
  const auto jacobian = (encode(spec, parameters, moved + shift, energy).normal -
                         encode(spec, parameters, moved - shift, energy).normal) /
                        (2 * step);
  const auto volume = encode(spec, parameters, codes, energies(1).to(at::kDouble)).log_volume;
  EXPECT_NEAR(volume.item<double>(), std::get<1>(at::linalg_slogdet(jacobian)).item<double>(), 1e-3);
}

TEST(ProfileNetwork, CodesOfAShowerDecodeToItsProfiles) {
  const auto sample = synthetic(200, 7);
  const auto decoded = decode_profiles(profile_spec(), fitted(), codes_of(fitted(), sample), sample.energy);
  const auto ecal = sample.profiles.z.sum(1, true);
  const auto close = [&](const at::Tensor& made, const at::Tensor& wanted) {
    return ((made - wanted) / ecal).abs().max().item<float>();
  };
  EXPECT_LT(close(decoded.x, sample.profiles.x), 2e-3);
  EXPECT_LT(close(decoded.y, sample.profiles.y), 2e-3);
  EXPECT_LT(close(decoded.z, sample.profiles.z), 2e-3);
  EXPECT_LT((decoded.z.sum(1, true) / ecal - 1).abs().max().item<float>(), 1e-3);
}

TEST(ProfileNetwork, DrawsTheMeanResponseOfTheSample) {
  const auto sample = synthetic(300, 1);
  const auto energy = sample.energy.repeat({20});
  const auto profiles = decode_profiles(
      profile_spec(), fitted(), draw_codes(profile_spec(), fitted(), normal_numbers(6000, 74, 9), energy), energy);
  const double drawn = (profiles.z.sum(1) / energy).mean().item<double>();
  const double wanted = (sample.profiles.z.sum(1) / sample.energy).mean().item<double>();
  EXPECT_NEAR(drawn / wanted, 1, 5e-3);
}

/// Mean log density of showers' codes, up to a constant.
double likelihood(const TensorMap& parameters, const ProfileSample& sample) {
  const auto encoded = encode(profile_spec(), parameters, codes_of(parameters, sample), sample.energy);
  return (encoded.log_volume - encoded.normal.square().sum(1) / 2).mean().item<double>();
}

TEST(ProfileNetwork, FitMakesUnseenShowersLikelier) {
  // Two kinds of showers, early and late: no product of normal numbers along fixed axes.
  const auto two_kinds = [](std::size_t count, std::uint64_t seed) {
    auto batch = make_synthetic_showers(count, seed);
    for (std::size_t i = 0; i < count; i += 2) {
      auto shower = batch.shower(i);
      for (std::size_t column = 0; column < shower.size(); column += 25)
        std::rotate(shower.begin() + static_cast<std::ptrdiff_t>(column),
                    shower.begin() + static_cast<std::ptrdiff_t>(column + 19),
                    shower.begin() + static_cast<std::ptrdiff_t>(column + 25));
    }
    ProfileSample sample;
    sample.add(at::tensor(batch.cells_gev).view({static_cast<std::int64_t>(count), 25, 25, 25}),
               at::tensor(batch.energy_gev));
    return sample;
  };
  const auto training = two_kinds(400, 21), chosen_by = two_kinds(150, 22), unseen = two_kinds(150, 23);
  ProfileFitSettings settings;
  settings.batch = 128;
  settings.steps = 0;
  const auto start = fit_profile_network(profile_spec(), settings, training, chosen_by, 1);
  settings.steps = 300;
  const auto end = fit_profile_network(profile_spec(), settings, training, chosen_by, 1);
  EXPECT_GT(likelihood(end, unseen), likelihood(start, unseen) + 1);
}

TEST(FitToProfiles, GivesTheProfiles) {
  const auto spec = profile_spec();
  const auto sample = synthetic(4, 11);
  const auto image = at::abs(normal_numbers(4, 15625, 12)).view({4, 25, 25, 25}) + 0.1;
  const auto profiles = profiles_of(fit_to_profiles(spec, fitted(), image, sample.profiles));
  const auto worst = [](const at::Tensor& a, const at::Tensor& b) {
    return ((a - b).abs().sum(1) / b.sum(1)).max().item<float>();
  };
  EXPECT_LT(worst(profiles.z, sample.profiles.z), 1e-5);
  // Noise as an image: its profiles are far from the shower's, and three rounds leave a little of x and y.
  EXPECT_LT(worst(profiles.x, sample.profiles.x), 1e-2);
  EXPECT_LT(worst(profiles.y, sample.profiles.y), 1e-2);
}

TEST(FitToProfiles, ExportedGraphMakesTheSameCells) {
  TrainedGenerator generator;
  generator.spec = profile_spec();
  generator.parameters = make_generator(generator.spec, 4);
  for (const auto& [name, tensor] : fitted()) generator.parameters.at(name) = tensor;
  const auto energy = at::tensor({120.0F, 333.0F});
  const auto cells = generator.generate(energy, 21, 5);

  ExportRecord record;
  record.info.energy_min_gev = 100;
  record.info.energy_max_gev = 500;
  const auto graph = export_graph(generator, record);
  std::vector<float> latents(400);
  model::make_latents(model::LatentConvention::kSphere, 21, Draw::kPhysics, 5, std::vector<float>{120.0F, 333.0F},
                      latents);
  const auto outputs = model::reference::evaluate(graph, {{"latent", model::make_tensor({2, 200}, latents)},
                                                          {"energy", model::make_tensor({2, 1}, {120.0F, 333.0F})}});
  const auto numbers = outputs.at("cells").as<float>();
  const auto evaluated = at::tensor(std::vector<float>(numbers.begin(), numbers.end())).view({2, 25, 25, 25});
  EXPECT_GT(cells.sum().item<float>(), 0.1);
  EXPECT_LT(((evaluated - cells).abs().sum() / cells.sum()).item<float>(), 1e-4);
}

}  // namespace
}  // namespace octocal::train
