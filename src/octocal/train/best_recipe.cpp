// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/best_recipe.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/train/adam.hpp"
#include "octocal/train/batch_draw.hpp"
#include "octocal/train/checkpoint.hpp"
#include "octocal/train/device.hpp"
#include "octocal/train/generator_network.hpp"
#include "octocal/train/image_critic.hpp"
#include "octocal/train/loss_features.hpp"
#include "octocal/train/matching_loss.hpp"
#include "octocal/train/profile_flow.hpp"
#include "octocal/train/profile_network.hpp"
#include "octocal/train/transverse_symmetry.hpp"

namespace octocal::train {
namespace {

constexpr double kOutputScale = 1e-4;  // k: puts u near one, where the network's weights like it
constexpr auto kLatent = model::LatentConvention::kSphere;
constexpr std::int64_t kWarmUp = 30, kFastSteps = 80;
constexpr double kSlowing = 50;     // steps after which the pace is half
constexpr double kSlowPace = 0.12;  // it stays above this share
constexpr double kFirstSharpness = 10, kLastSharpness = 60;
constexpr double kImageWeight = 0.3, kCellWeight = 10, kBiasWeight = 0.5, kSizeWeight = 0.05;
/// Of the globals in pairs: hits above 1e-3, 1e-4, 1e-5 GeV; the other globals are the profiles' and exact.
constexpr std::array<float, kGlobals> kPairWeights = {0, 0, 0, 0, 0, 0, 0, 6, 6, 4};
constexpr double kPairLimit = 3;         // differences beyond this many spreads count linearly
constexpr double kClip = 2;              // gradients longer than this many times their running length are cut
constexpr double kMostCriticGain = 0.3;  // or a critic that knows nothing any more would be turned up
constexpr double kLeastGev = 1e-6;
constexpr int kBadSteps = 10;
/// The dense layer's weights start small, so that Ep does not drown everything, and have to grow many times to let the
/// latents speak; but only once the mean shower stands, or the start is lost (docs/training-log.md, runs 3 and 8).
constexpr std::int64_t kLatentsFrom = 370;
constexpr double kLatentRate = 0.4;

class BestRecipe final : public Recipe {
 public:
  BestRecipe(const BestSettings& settings, const TrainingData& data)
      : settings_(settings),
        spec_(with_profiles(settings.generator)),
        layout_{spec_.network.image.x, spec_.network.image.y, spec_.network.image.z},
        generator_(move_to(make_generator(spec_, settings.seed), settings.device)),
        average_(clone_values(generator_)),
        adam_({0.9, 0.995, 1e-8}, generator_rate_factors(spec_)),
        critic_(spec_.network.image, settings.seed, settings.device) {
    study_geant4(data);
  }

  std::map<std::string, double> step(std::int64_t index) override;
  TrainedGenerator trained() const override { return {spec_, kLatent, sharpness_at(steps_done_), average_}; }
  const char* trained_prefix() const override { return "average."; }
  std::int64_t showers_per_step() const override { return settings_.batch; }
  TensorMap state() const override;
  void load_state(const TensorMap& state) override;

 private:
  static model::GeneratorSpec with_profiles(model::GeneratorSpec spec) {
    spec.output = model::OutputTransform::kProfiles;
    spec.output_scale = kOutputScale;
    return spec;
  }
  void study_geant4(const TrainingData& data);
  void make_profile_network();
  at::Tensor geant4_rows(const at::Tensor& rows, int symmetry) const;
  at::Tensor pair_loss(const at::Tensor& difference) const;
  at::Tensor bias_loss(const at::Tensor& difference, const at::Tensor& terms) const;
  at::Tensor cell_loss(const at::Tensor& rectified, const at::Tensor& geant4, const at::Tensor& energy) const;
  void average(std::int64_t index);

  double sharpness_at(std::int64_t index) const {
    if (index >= settings_.relu_from) return 0;
    const double share = static_cast<double>(index) / static_cast<double>(settings_.relu_from);
    return kFirstSharpness * std::pow(kLastSharpness / kFirstSharpness, share);
  }
  /// Factor of all rates: a short rise, a fast start while the mean shower is learnt, then slower, at last half a
  /// cosine down.
  double pace_at(std::int64_t index) const {
    const double share = std::min(1.0, static_cast<double>(index) / static_cast<double>(settings_.steps));
    const double fall = settings_.last_rate + (1 - settings_.last_rate) * (1 + std::cos(std::numbers::pi * share)) / 2;
    const double slower =
        std::max(kSlowPace, 1 / (1 + static_cast<double>(std::max<std::int64_t>(0, index - kFastSteps)) / kSlowing));
    return fall * slower * std::min(1.0, static_cast<double>(index + 1) / static_cast<double>(kWarmUp));
  }
  int symmetries() const { return settings_.augment ? transverse_symmetries(layout_.nx, layout_.ny) : 1; }

  BestSettings settings_;
  model::GeneratorSpec spec_;
  FeatureLayout layout_;
  TensorMap generator_, average_;
  Adam adam_;
  ImageCritic critic_;
  MeanImageLoss mean_image_;
  ProfileSample training_profiles_, validation_profiles_;
  at::Tensor mean_cells_;  ///< (x, y, z), GeV
  at::Tensor geant4_raw_, geant4_energy_, codes_,
      pair_weight_;  ///< codes: (symmetries * n, D), once there is a network
  const ShowerSample* sample_ = nullptr;
  std::unique_ptr<FeatureScale> scale_;
  double usual_gradient_ = 0;
  int bad_steps_ = 0;
  std::int64_t steps_done_ = 0;
};

void BestRecipe::study_geant4(const TrainingData& data) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> features;
  const auto in_chunks = [](const ShowerSample& sample, const auto& use) {
    for (std::int64_t first = 0; first < sample.size(); first += 100) {
      throw_if_interrupted();
      const auto rows = at::arange(first, std::min(first + 100, sample.size()), at::kLong);
      use(sample.cells_gev(rows), sample.energy.index_select(0, rows));
    }
  };
  mean_cells_ = at::zeros({layout_.nx, layout_.ny, layout_.nz});
  in_chunks(data.training, [&](const at::Tensor& cells, const at::Tensor& energy) {
    for (int symmetry = 0; symmetry < symmetries(); ++symmetry)
      mean_cells_ += transform_transverse(cells.sum(0, true), symmetry).squeeze(0);
    features.push_back(loss_features(cells, energy));
    mean_image_.add(cells, energy);
    training_profiles_.add(cells, energy);
  });
  in_chunks(data.validation,
            [&](const at::Tensor& cells, const at::Tensor& energy) { validation_profiles_.add(cells, energy); });
  mean_cells_ /= static_cast<double>(data.training.size() * symmetries());
  sample_ = &data.training;
  mean_image_.finish();
  geant4_raw_ = at::cat(features);
  geant4_energy_ = data.training.energy;
  auto turned = std::vector<at::Tensor>();
  for (int symmetry = 0; symmetry < symmetries(); ++symmetry)
    turned.push_back(transform_features(geant4_raw_, layout_, symmetry));
  scale_ = std::make_unique<FeatureScale>(at::cat(turned),
                                          geant4_energy_.repeat({static_cast<std::int64_t>(turned.size())}), layout_);
  pair_weight_ = at::ones({layout_.columns()});
  for (const auto& group : layout_.groups())
    if (group.name == "x" || group.name == "y" || group.name == "z")
      pair_weight_.narrow(0, group.first, group.count).zero_();
  pair_weight_.narrow(0, 0, kGlobals).copy_(at::tensor(std::vector<float>(kPairWeights.begin(), kPairWeights.end())));
  pair_weight_ /= pair_weight_.sum();
  pair_weight_ = pair_weight_.to(settings_.device);
}

/// The profile network comes first: it takes half a minute, and the convolutional one is trained on its codes.
void BestRecipe::make_profile_network() {
  if (steps_done_ == 0) {
    ProfileFitSettings settings;
    settings.seed = settings_.seed;
    settings.steps = settings_.profile_steps;
    const auto fitted = fit_profile_network(spec_, settings, training_profiles_, validation_profiles_, symmetries());
    for (const auto& [name, tensor] : fitted) {
      generator_.at(name).copy_(tensor);
      average_.at(name).copy_(tensor);
    }
  }
  std::vector<at::Tensor> codes;
  for (int symmetry = 0; symmetry < symmetries(); ++symmetry)
    codes.push_back(codes_of(move_to(generator_, at::kCPU), training_profiles_.turned(symmetry)));
  codes_ = at::cat(codes);
}

at::Tensor BestRecipe::geant4_rows(const at::Tensor& rows, int symmetry) const {
  const auto features = transform_features(geant4_raw_.index_select(0, rows), layout_, symmetry);
  return scale_->standardise(features, geant4_energy_.index_select(0, rows)).to(settings_.device);
}

std::map<std::string, double> BestRecipe::step(std::int64_t index) {
  if (!codes_.defined()) make_profile_network();
  const BatchDraw draw(settings_.seed, index);
  const auto rows = sample_->rows(draw, settings_.batch, Purpose::kPairRows);
  const int turn = draw.symmetry(Purpose::kPairTurn) % symmetries();
  const auto device = settings_.device;
  const auto energy = geant4_energy_.index_select(0, rows).to(device);
  const auto geant4 = transform_transverse(sample_->cells_gev(rows).to(device), turn);
  const auto codes = codes_.index_select(0, rows + turn * geant4_raw_.size(0)).to(device);
  const auto normal = draw.normals(settings_.batch, static_cast<std::int64_t>(spec_.latent_size)).to(device);

  const auto image = generator_image(spec_, generator_, dense_input(spec_, codes, normal, energy));
  const auto rectified = rectify(image, sharpness_at(index));
  // The losses see the rectified image as an input: their gradients meet there, and the network goes back once.
  const auto leaf = rectified.detach().requires_grad_(true);
  const auto cells = fit_to_profiles(spec_, generator_, leaf, profiles_of(geant4));
  const auto features = scale_->standardise(loss_features(cells, energy), energy);
  const auto difference = features - geant4_rows(rows, turn);

  std::map<std::string, double> losses;
  const auto report = [&losses](const char* name, const at::Tensor& loss) {
    losses[name] = loss.item<double>();
    return loss;
  };
  // The fit to the profiles does not care how large the image is: this keeps it near the cells.
  const auto size =
      at::log((leaf.square().sum({1, 2, 3}) * kOutputScale * energy + kLeastGev) / (geant4.sum({1, 2, 3}) + kLeastGev));
  auto loss = report("pairs", pair_loss(difference)) + kSizeWeight * report("size", size.square().mean());
  if (index < settings_.cells_until) {
    const double left = 1 - static_cast<double>(index) / static_cast<double>(settings_.cells_until);
    loss = loss + kCellWeight * left * left * report("cells", cell_loss(leaf, geant4, energy));
  }
  if (index >= settings_.image_from)
    loss = loss + kImageWeight * report("image", mean_image_(cells, energy)) +
           kBiasWeight * report("bias", bias_loss(difference, scale_->energy_terms(energy)));
  const double pace = pace_at(index);
  const bool game = index >= settings_.critic_from;
  auto gradient_here = torch::autograd::grad({loss}, {leaf}, {}, game)[0];
  if (game) {
    losses["critic"] = critic_.train(geant4, cells.detach(), energy, index, settings_.critic_rate);
    const auto fooled = report("fooled", critic_.generator_loss(cells, energy));
    const auto from_critic = torch::autograd::grad({fooled}, {leaf})[0];
    // The critic's gradient counts a fixed share of the other losses', whatever its own scale is at the moment.
    const double gain = settings_.critic_weight * gradient_here.norm().item<double>() /
                        std::max(from_critic.norm().item<double>(), 1e-30);
    losses["critic gain"] = gain;
    gradient_here = gradient_here + std::min(gain, kMostCriticGain) * from_critic;
  }
  torch::autograd::backward({rectified}, {gradient_here});
  if (index >= kLatentsFrom) adam_.set_rate_factor("dense.weight", kLatentRate);
  const double gradient =
      adam_.step(generator_, settings_.rate * pace, usual_gradient_ > 0 ? kClip * usual_gradient_ : 0);
  losses["gradient"] = gradient;
  if (std::isfinite(gradient)) {
    bad_steps_ = 0;
    usual_gradient_ =
        usual_gradient_ > 0 ? 0.95 * usual_gradient_ + 0.05 * std::min(gradient, 4 * usual_gradient_) : gradient;
  } else if (++bad_steps_ >= kBadSteps) {
    throw run_failed(
        "training: the gradients of ten steps in a row were not finite (the rate is too high?); resume from "
        "the last checkpoint with a lower --rate");
  }
  average(index);
  steps_done_ = index + 1;
  return losses;
}

/// Generated features against those of the Geant4 shower whose code was given, in spreads.
at::Tensor BestRecipe::pair_loss(const at::Tensor& difference) const {
  return (at::smooth_l1_loss(difference, at::zeros_like(difference), at::Reduction::None, kPairLimit) * pair_weight_)
      .mean(0)
      .sum();
}

/// The same, cell by cell, in the square root of the energy: a smooth start, which blurs and so has to end.
at::Tensor BestRecipe::cell_loss(const at::Tensor& rectified, const at::Tensor& geant4,
                                 const at::Tensor& energy) const {
  const auto target = at::sqrt(geant4 / (energy.view({-1, 1, 1, 1}) * spec_.output_scale));
  return (rectified.permute({0, 2, 3, 1}) - target).square().mean() / target.square().mean();
}

/// What the pairs' residuals of the globals have in common, at all energies: squared means of residual times 1, e,
/// (3e^2-1)/2 over the batch, without the terms of one shower with itself (their mean is the residuals' own spread).
at::Tensor BestRecipe::bias_loss(const at::Tensor& difference, const at::Tensor& terms) const {
  const auto n = static_cast<double>(difference.size(0));
  const auto weight = pair_weight_.narrow(0, 0, kGlobals);
  const auto residual = at::clamp(difference.narrow(1, 0, kGlobals), -kPairLimit, kPairLimit);
  const auto products = residual.unsqueeze(1) * terms.unsqueeze(2);  // (n, 3, globals)
  const auto squared = (products.sum(0).square() - products.square().sum(0)) / (n * (n - 1));
  return (squared * weight).sum() / weight.sum();
}

void BestRecipe::average(std::int64_t index) {
  const at::NoGradGuard no_gradients;
  const double decay =
      std::min(settings_.average_decay, static_cast<double>(index + 1) / static_cast<double>(index + 10));
  for (auto& [name, tensor] : average_) tensor.lerp_(generator_.at(name), 1 - decay);
}

TensorMap BestRecipe::state() const {
  TensorMap state;
  insert_under("generator.", generator_, state);
  insert_under("average.", average_, state);
  insert_under("adam.", adam_.state(), state);
  insert_under("critic.", critic_.state(), state);
  // For the export (cell_calibration.hpp).
  state["geant4.cells"] = mean_cells_;
  state["geant4.energy"] = geant4_energy_;
  state["geant4.hits"] = training_profiles_.hits.mean().view({1});
  state["geant4.symmetries"] = at::tensor({static_cast<std::int64_t>(symmetries())}, at::kLong);
  state["usual_gradient"] = at::tensor({usual_gradient_}, at::kDouble);
  state["steps_done"] = at::tensor({steps_done_}, at::kLong);
  return state;
}

void BestRecipe::load_state(const TensorMap& state) {
  copy_values(take_under("generator.", state), generator_);
  copy_values(take_under("average.", state), average_);
  adam_.load_state(take_under("adam.", state));
  critic_.load_state(take_under("critic.", state));
  usual_gradient_ = state.at("usual_gradient").item<double>();
  steps_done_ = state.at("steps_done").item<std::int64_t>();
  codes_ = at::Tensor();
}

}  // namespace

std::unique_ptr<Recipe> make_best_recipe(const BestSettings& settings, const TrainingData& data) {
  return std::make_unique<BestRecipe>(settings, data);
}

}  // namespace octocal::train
