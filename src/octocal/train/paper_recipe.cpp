// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/paper_recipe.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>

#include "octocal/base/error.hpp"
#include "octocal/train/adam.hpp"
#include "octocal/train/batch_draw.hpp"
#include "octocal/train/checkpoint.hpp"
#include "octocal/train/device.hpp"
#include "octocal/train/discriminator_network.hpp"
#include "octocal/train/generator_network.hpp"
#include "octocal/train/transverse_symmetry.hpp"

namespace octocal::train {
namespace {

constexpr double kRealWeight = 6, kAuxWeight = 0.2, kEcalWeight = 0.1;
constexpr double kRealLabel = 0.9;
constexpr double kFlipped = 0.05;
constexpr std::int64_t kReluEpoch = 3;   // from here on the output passes a ReLU; before it is linear
constexpr double kDecay = 0.012;         // per twentieth of an epoch ...
constexpr std::int64_t kDecayFrom = 80;  // ... after the 80th
constexpr std::int64_t kDecaysPerEpoch = 20;
constexpr double kLinearOutput = -1;  // TrainedGenerator::sharpness of a linear output

/// Cells are what the network puts out, at least 0.
model::GeneratorSpec paper_output(model::GeneratorSpec spec) {
  spec.output = model::OutputTransform::kRelu;
  spec.output_scale = 1;
  return spec;
}

class PaperRecipe final : public Recipe {
 public:
  PaperRecipe(const PaperSettings& settings, const TrainingData& data)
      : settings_(settings),
        data_(data),
        spec_(paper_output(settings.network.generator)),
        generator_(move_to(make_generator(spec_, settings.seed), settings.device)),
        discriminator_(move_to(
            make_discriminator(settings.network.discriminator, settings.network.generator.network.image, settings.seed),
            settings.device)),
        generator_adam_({0.9, 0.999, 1e-7}),
        discriminator_adam_({0.9, 0.999, 1e-7}),
        epoch_steps_(std::max<std::int64_t>(1, data.training.size() / settings.batch)) {}

  std::map<std::string, double> step(std::int64_t index) override;
  TrainedGenerator trained() const override {
    return {spec_, model::LatentConvention::kPaper, sharpness_at(steps_done_), generator_};
  }
  const char* trained_prefix() const override { return "generator."; }
  std::int64_t showers_per_step() const override { return settings_.batch; }

  TensorMap state() const override {
    TensorMap state;
    insert_under("generator.", generator_, state);
    insert_under("discriminator.", discriminator_, state);
    insert_under("generator_adam.", generator_adam_.state(), state);
    insert_under("discriminator_adam.", discriminator_adam_.state(), state);
    state["steps_done"] = at::tensor({steps_done_}, at::kLong);
    return state;
  }
  void load_state(const TensorMap& state) override {
    copy_values(take_under("generator.", state), generator_);
    copy_values(take_under("discriminator.", state), discriminator_);
    generator_adam_.load_state(take_under("generator_adam.", state));
    discriminator_adam_.load_state(take_under("discriminator_adam.", state));
    steps_done_ = state.at("steps_done").item<std::int64_t>();
  }

 private:
  double sharpness_at(std::int64_t index) const { return index < kReluEpoch * epoch_steps_ ? kLinearOutput : 0; }
  double pace_at(std::int64_t index) const {
    const auto twentieths = kDecaysPerEpoch * index / epoch_steps_;
    return std::exp(-kDecay * static_cast<double>(std::max<std::int64_t>(0, twentieths - kDecayFrom)));
  }
  at::Tensor ecal_of(const at::Tensor& energy) const {
    auto ecal = at::empty_like(energy);
    for (std::int64_t i = 0; i < energy.size(0); ++i)
      ecal.data_ptr<float>()[i] =
          static_cast<float>(data_.response.ecal_gev(static_cast<double>(energy.data_ptr<float>()[i])));
    return ecal;
  }
  at::Tensor uniform_energies(const BatchDraw& draw, Purpose purpose) const {
    const auto share = draw.uniforms(settings_.batch, purpose);
    return (data_.energy_min_gev + (data_.energy_max_gev - data_.energy_min_gev) * share).to(at::kFloat);
  }
  at::Tensor generate(const BatchDraw& draw, const at::Tensor& energy, double sharpness) const {
    const auto latent =
        draw.latents(model::LatentConvention::kPaper, energy, static_cast<std::int64_t>(spec_.latent_size));
    const auto image = generator_image(spec_, generator_, latent.to(settings_.device));
    return make_cells(spec_, sharpness < 0 ? image : rectify(image, sharpness), energy.to(settings_.device));
  }

  DiscriminatorOutput verdict_of(const at::Tensor& cells) const {
    return discriminate(settings_.network.discriminator, discriminator_, cells);
  }
  /// The same, without the discriminator's own gradients.
  DiscriminatorOutput frozen_verdict_of(const at::Tensor& cells) const {
    TensorMap frozen;
    for (const auto& [name, tensor] : discriminator_) frozen[name] = tensor.detach();
    return discriminate(settings_.network.discriminator, frozen, cells);
  }

  PaperSettings settings_;
  const TrainingData& data_;
  model::GeneratorSpec spec_;
  TensorMap generator_, discriminator_;
  Adam generator_adam_, discriminator_adam_;
  std::int64_t epoch_steps_;
  std::int64_t steps_done_ = 0;
};

/// Labels of one kind, 5 % of them flipped.
at::Tensor labels_of(const BatchDraw& draw, std::int64_t count, double label, double other, Purpose purpose) {
  const auto flipped = draw.uniforms(count, purpose) < kFlipped;
  return at::where(flipped, at::full({count}, other), at::full({count}, label)).to(at::kFloat);
}

std::map<std::string, double> PaperRecipe::step(std::int64_t index) {
  const BatchDraw draw(settings_.seed, index);
  // The generator's own step draws other latents than the showers the discriminator has just seen.
  const BatchDraw generator_draw(settings_.seed, index + kPaperGeneratorSteps);
  const double pace = pace_at(index);
  const double sharpness = sharpness_at(index);
  std::map<std::string, double> losses;
  const auto train_discriminator = [&](const char* name, const at::Tensor& cells, const at::Tensor& labels,
                                       const at::Tensor& energy) {
    const auto loss = paper_loss(verdict_of(cells), labels.to(settings_.device), energy.to(settings_.device),
                                 ecal_of(energy).to(settings_.device));
    torch::autograd::backward({loss}, {});
    discriminator_adam_.step(discriminator_, settings_.discriminator_rate * pace);
    losses[name] = loss.item<double>();
  };

  const auto rows = data_.training.rows(draw, settings_.batch, Purpose::kPaperRows);
  auto geant4 = data_.training.cells_gev(rows).to(settings_.device);
  const int symmetries = transverse_symmetries(geant4.size(1), geant4.size(2));
  if (settings_.augment)
    geant4 = transform_transverse(geant4, draw.symmetry(Purpose::kPaperTurn) % symmetries).contiguous();
  train_discriminator("geant4", geant4, labels_of(draw, settings_.batch, kRealLabel, 0, Purpose::kRealFlips),
                      data_.training.energy.index_select(0, rows));
  const auto fake_energy = uniform_energies(draw, Purpose::kFakeEnergies);
  const auto fakes = [&] {
    const at::NoGradGuard no_gradients;
    return generate(draw, fake_energy, sharpness);
  };
  train_discriminator("generated", fakes(), labels_of(draw, settings_.batch, 0, kRealLabel, Purpose::kFakeFlips),
                      fake_energy);

  const auto energy = uniform_energies(draw, Purpose::kGeneratorEnergies);
  const auto loss = paper_loss(frozen_verdict_of(generate(generator_draw, energy, sharpness)),
                               at::full({settings_.batch}, kRealLabel, at::TensorOptions().device(settings_.device)),
                               energy.to(settings_.device), ecal_of(energy).to(settings_.device));
  torch::autograd::backward({loss}, {});
  const double gradient = generator_adam_.step(generator_, settings_.generator_rate * pace);
  losses["generator"] = loss.item<double>();
  losses["gradient"] = gradient;
  if (!std::isfinite(gradient))
    throw run_failed(
        "training: the generator's gradient is not finite (the game diverged); resume from the last checkpoint with a "
        "lower --rate");
  steps_done_ = index + 1;
  return losses;
}

}  // namespace

at::Tensor mean_percentage_error(const at::Tensor& value, const at::Tensor& truth) {
  return 100 * ((value - truth) / at::clamp_min(at::abs(truth), 1e-7)).abs().mean();
}

at::Tensor paper_loss(const DiscriminatorOutput& verdict, const at::Tensor& labels, const at::Tensor& energy,
                      const at::Tensor& ecal) {
  return kRealWeight * at::binary_cross_entropy_with_logits(verdict.real, labels) +
         kAuxWeight * mean_percentage_error(verdict.aux, energy / 100) +
         kEcalWeight * mean_percentage_error(verdict.ecal, ecal);
}

std::unique_ptr<Recipe> make_paper_recipe(const PaperSettings& settings, const TrainingData& data) {
  return std::make_unique<PaperRecipe>(settings, data);
}

}  // namespace octocal::train
