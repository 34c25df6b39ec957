#include "octocal/train/best_recipe.hpp"

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
#include "octocal/train/feature_critic.hpp"
#include "octocal/train/generator_network.hpp"
#include "octocal/train/matching_loss.hpp"
#include "octocal/train/shower_codes.hpp"
#include "octocal/train/shower_features.hpp"

namespace octocal::train {
namespace {

constexpr double kOutputScale = 1e-4;  // k: puts u near one, where the network's weights like it
constexpr auto kLatent = model::LatentConvention::kSphere;
constexpr std::int64_t kEarlier = 512;     // generated showers whose features are remembered
constexpr std::int64_t kReference = 1024;  // Geant4 showers a step's energy distance looks at
constexpr std::int64_t kCriticBatch = 128;
constexpr std::int64_t kWarmUp = 30, kFastSteps = 80;
constexpr double kSlowing = 50;     // steps after which the pace is half
constexpr double kSlowPace = 0.12;  // it stays above this share
constexpr double kFirstSharpness = 10, kLastSharpness = 60;
constexpr std::int64_t kCodes = 48;  // latents that are tied to Geant4 showers' features in pairs
constexpr double kImageWeight = 0.3, kCellWeight = 10, kDistanceWeight = 0.1, kBiasWeight = 0.02;
constexpr double kGlobalWeight = 3;  // of ECAL/Ep, centres of gravity, widths and hits, in codes and pairs
/// Of the globals in pairs (the other features count 1): ECAL/Ep, z centre, z width, x and y centres and widths, hits.
constexpr std::array<float, kGlobals> kPairWeights = {60, 15, 10, 4, 8, 4, 8, 6, 6, 4};
constexpr double kPairLimit = 3;  // differences beyond this many spreads count linearly
constexpr double kClip = 2;       // gradients longer than this many times their running length are cut
constexpr int kBadSteps = 10;
/// The dense layer's weights start small, so that Ep does not drown everything, and have to grow many times to let the
/// latents speak; but only once the mean shower stands, or the start is lost (docs/training-log.md, runs 3 and 8).
constexpr std::int64_t kLatentsFrom = 370;
constexpr double kLatentRate = 0.4;

enum Purpose : std::uint32_t {
  kEnergies = 0,
  kReferenceRows = 1,
  kReferenceTurn = 2,
  kCriticRows = 3,
  kCriticTurn = 4,
  kOldRows = 5,
  kPairRows = 6,
  kPairTurn = 7
};

class BestRecipe final : public Recipe {
 public:
  BestRecipe(const BestSettings& settings, const TrainingData& data)
      : settings_(settings),
        generator_(make_generator(spec_, settings.seed)),
        average_(clone_values(generator_)),
        adam_({0.9, 0.995, 1e-8}, generator_rate_factors(spec_)),
        critic_(kFeatures, settings.seed) {
    spec_.output_scale = kOutputScale;
    study_geant4(data.training);
    earlier_ = at::zeros({0, kFeatures});
    earlier_terms_ = at::zeros({0, 3});
  }

  std::map<std::string, double> step(std::int64_t index) override;
  TrainedGenerator trained() const override { return {spec_, kLatent, sharpness_at(steps_done_), average_}; }
  const char* trained_prefix() const override { return "average."; }
  TensorMap state() const override;
  void load_state(const TensorMap& state) override;

 private:
  void study_geant4(const ShowerSample& sample);
  at::Tensor pair_loss(const at::Tensor& features, const at::Tensor& rows, int symmetry) const;
  at::Tensor bias_loss(const at::Tensor& features, const at::Tensor& terms, const at::Tensor& rows, int symmetry) const;
  at::Tensor cell_loss(const at::Tensor& rectified, const at::Tensor& rows, int symmetry) const;
  void average(std::int64_t index);
  void remember(const at::Tensor& features, const at::Tensor& terms);
  at::Tensor geant4_rows(const at::Tensor& rows, int symmetry) const;
  double train_critic(const BatchDraw& draw, const at::Tensor& features, const at::Tensor& terms, double pace);

  double sharpness_at(std::int64_t index) const {
    if (index >= settings_.relu_from) return 0;
    const double share = static_cast<double>(index) / static_cast<double>(settings_.relu_from);
    return kFirstSharpness * std::pow(kLastSharpness / kFirstSharpness, share);
  }
  /// Factor of all rates: a short rise, a fast start while the mean shower is learnt, then slower (every layer may
  /// change the response by its own step, and ECAL/Ep has to settle within a fraction of 3 %), at last half a cosine
  /// down.
  double pace_at(std::int64_t index) const {
    const double share = std::min(1.0, static_cast<double>(index) / static_cast<double>(settings_.steps));
    const double fall = settings_.last_rate + (1 - settings_.last_rate) * (1 + std::cos(std::numbers::pi * share)) / 2;
    const double slower =
        std::max(kSlowPace, 1 / (1 + static_cast<double>(std::max<std::int64_t>(0, index - kFastSteps)) / kSlowing));
    return fall * slower * std::min(1.0, static_cast<double>(index + 1) / static_cast<double>(kWarmUp));
  }

  BestSettings settings_;
  model::GeneratorSpec spec_;
  TensorMap generator_, average_;
  Adam adam_;
  FeatureCritic critic_;
  MeanImageLoss mean_image_;
  at::Tensor sorted_energy_, geant4_raw_, geant4_energy_, codes_, pair_weight_;
  const ShowerSample* sample_ = nullptr;
  std::unique_ptr<FeatureScale> scale_;
  at::Tensor earlier_, earlier_terms_;
  double usual_gradient_ = 0;
  int bad_steps_ = 0;
  std::int64_t steps_done_ = 0;
};

void BestRecipe::study_geant4(const ShowerSample& sample) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> features;
  for (std::int64_t first = 0; first < sample.size(); first += 100) {
    throw_if_interrupted();
    const auto rows = at::arange(first, std::min(first + 100, sample.size()), at::kLong);
    const auto cells = sample.cells_gev(rows);
    const auto energy = sample.energy.index_select(0, rows);
    features.push_back(shower_features(cells, energy));
    mean_image_.add(cells, energy);
  }
  sample_ = &sample;
  mean_image_.finish();
  geant4_raw_ = at::cat(features);
  geant4_energy_ = sample.energy;
  sorted_energy_ = std::get<0>(sample.energy.sort());
  auto turned = std::vector<at::Tensor>();
  for (int symmetry = 0; symmetry < (settings_.augment ? 8 : 1); ++symmetry)
    turned.push_back(transform_features(geant4_raw_, symmetry));
  scale_ = std::make_unique<FeatureScale>(at::cat(turned),
                                          geant4_energy_.repeat({static_cast<std::int64_t>(turned.size())}));
  auto code_weight = at::ones({kFeatures});
  code_weight.narrow(0, 0, kGlobals).fill_(kGlobalWeight);
  pair_weight_ = code_weight.clone();
  pair_weight_.narrow(0, 0, kGlobals).copy_(at::tensor(std::vector<float>(kPairWeights.begin(), kPairWeights.end())));
  pair_weight_ /= pair_weight_.sum();
  codes_ = shower_codes(
      scale_->standardise(at::cat(turned), geant4_energy_.repeat({static_cast<std::int64_t>(turned.size())})),
      code_weight, kCodes);
}

at::Tensor BestRecipe::geant4_rows(const at::Tensor& rows, int symmetry) const {
  const auto features = transform_features(geant4_raw_.index_select(0, rows), settings_.augment ? symmetry : 0);
  return scale_->standardise(features, geant4_energy_.index_select(0, rows));
}

std::map<std::string, double> BestRecipe::step(std::int64_t index) {
  const BatchDraw draw(settings_.seed, index);
  // The first showers of the batch are paired with Geant4 showers (same energy, latents from the shower's code).
  const auto pairs = index < settings_.match_from ? settings_.batch : settings_.batch / 2;
  const auto pair_rows = draw.indices(pairs, geant4_raw_.size(0), kPairRows);
  const int pair_turn = settings_.augment ? draw.symmetry(kPairTurn) : 0;
  const auto codes = codes_.index_select(0, pair_rows + pair_turn * geant4_raw_.size(0));
  auto energy = geant4_energy_.index_select(0, pair_rows);
  if (pairs < settings_.batch) energy = at::cat({energy, draw.energies(settings_.batch - pairs, sorted_energy_)});
  const auto latent = draw.latents(kLatent, energy, static_cast<std::int64_t>(spec_.latent_size), codes);
  const auto image = generator_image(spec_, generator_, latent);
  const auto rectified = rectify(image, sharpness_at(index));
  const auto cells = make_cells(spec_, rectified, energy);
  const auto features = scale_->standardise(shower_features(cells, energy), energy);
  const auto terms = scale_->energy_terms(energy);
  const double pace = pace_at(index);

  const bool match = index >= settings_.match_from;
  std::map<std::string, double> losses;
  const auto report = [&losses](const char* name, const at::Tensor& loss) {
    losses[name] = loss.item<double>();
    return loss;
  };
  auto loss = report("pairs", pair_loss(features, pair_rows, pair_turn));
  if (index < settings_.cells_until) {
    const double left = 1 - static_cast<double>(index) / static_cast<double>(settings_.cells_until);
    loss = loss + kCellWeight * left * left * report("cells", cell_loss(rectified, pair_rows, pair_turn));
  }
  if (index >= settings_.image_from)
    loss = loss + kImageWeight * report("image", mean_image_(cells, energy)) +
           kBiasWeight * report("bias", bias_loss(features, terms, pair_rows, pair_turn));
  if (match && earlier_.size(0) > 0) {
    const auto rows = draw.indices(kReference, geant4_raw_.size(0), kReferenceRows);
    const auto geant4 = geant4_rows(rows, draw.symmetry(kReferenceTurn));
    const auto geant4_terms = scale_->energy_terms(geant4_energy_.index_select(0, rows));
    loss = loss + kDistanceWeight * report("distance", energy_distance(features, terms, geant4, geant4_terms, earlier_,
                                                                       earlier_terms_));
    losses["critic"] = train_critic(draw, features, terms, pace);
    loss = loss + settings_.critic_weight * report("fooled", critic_.generator_loss(features, terms));
  }
  torch::autograd::backward({loss}, {});
  if (index >= kLatentsFrom) adam_.set_rate_factor("dense.weight", kLatentRate);
  const double gradient =
      adam_.step(generator_, settings_.rate * pace, usual_gradient_ > 0 ? kClip * usual_gradient_ : 0);
  losses["gradient"] = gradient;
  if (std::isfinite(gradient)) {
    bad_steps_ = 0;
    usual_gradient_ =
        usual_gradient_ > 0 ? 0.95 * usual_gradient_ + 0.05 * std::min(gradient, 4 * usual_gradient_) : gradient;
    remember(features.detach(), terms);
  } else if (++bad_steps_ >= kBadSteps) {
    throw run_failed(
        "training: the gradients of ten steps in a row were not finite (the rate is too high?); resume from "
        "the last checkpoint with a lower --rate");
  }
  average(index);
  steps_done_ = index + 1;
  return losses;
}

/// Generated features against those of the Geant4 shower whose code was in the latents, in spreads.
at::Tensor BestRecipe::pair_loss(const at::Tensor& features, const at::Tensor& rows, int symmetry) const {
  const auto target = geant4_rows(rows, symmetry);
  const auto difference = features.narrow(0, 0, rows.size(0)) - target;
  return (at::smooth_l1_loss(difference, at::zeros_like(difference), at::Reduction::None, kPairLimit) * pair_weight_)
      .mean(0)
      .sum();
}

/// The same, cell by cell, in the square root of the energy: a smooth start, which blurs and so has to end.
at::Tensor BestRecipe::cell_loss(const at::Tensor& rectified, const at::Tensor& rows, int symmetry) const {
  const auto turned = transform_transverse(sample_->cells_gev(rows), symmetry);
  const auto energy = geant4_energy_.index_select(0, rows).view({-1, 1, 1, 1});
  const auto target = at::sqrt(turned / (energy * spec_.output_scale));
  const auto made = rectified.narrow(0, 0, rows.size(0)).permute({0, 2, 3, 1});
  return (made - target).square().mean() / target.square().mean();
}

/// What the pairs' residuals of the globals have in common, at all energies: squared means of residual times 1, e,
/// (3e^2-1)/2 over the batch, without the terms of one shower with itself (their mean is the residuals' own spread).
at::Tensor BestRecipe::bias_loss(const at::Tensor& features, const at::Tensor& terms, const at::Tensor& rows,
                                 int symmetry) const {
  const auto n = static_cast<double>(rows.size(0));
  const auto difference = features.narrow(0, 0, rows.size(0)) - geant4_rows(rows, symmetry);
  const auto residual = at::clamp(difference.narrow(1, 0, kGlobals), -kPairLimit, kPairLimit);
  const auto products = residual.unsqueeze(1) * terms.narrow(0, 0, rows.size(0)).unsqueeze(2);  // (n, 3, features)
  const auto squared = (products.sum(0).square() - products.square().sum(0)) / (n * (n - 1));
  return (squared * pair_weight_.narrow(0, 0, kGlobals)).sum() / pair_weight_.narrow(0, 0, kGlobals).sum();
}

double BestRecipe::train_critic(const BatchDraw& draw, const at::Tensor& features, const at::Tensor& terms,
                                double pace) {
  const auto rows = draw.indices(kCriticBatch, geant4_raw_.size(0), kCriticRows);
  const auto geant4 = geant4_rows(rows, draw.symmetry(kCriticTurn));
  const auto geant4_terms = scale_->energy_terms(geant4_energy_.index_select(0, rows));
  auto generated = features.detach();
  auto generated_terms = terms;
  const auto missing = kCriticBatch - features.size(0);
  if (missing > 0 && earlier_.size(0) > 0) {
    const auto old = draw.indices(missing, earlier_.size(0), kOldRows);
    generated = at::cat({generated, earlier_.index_select(0, old)});
    generated_terms = at::cat({generated_terms, earlier_terms_.index_select(0, old)});
  }
  return critic_.train(geant4, geant4_terms, generated, generated_terms, settings_.critic_rate * pace);
}

void BestRecipe::remember(const at::Tensor& features, const at::Tensor& terms) {
  const auto keep = [](const at::Tensor& old, const at::Tensor& fresh) {
    const auto all = at::cat({old, fresh});
    const auto count = std::min(all.size(0), kEarlier);
    return all.narrow(0, all.size(0) - count, count).clone();
  };
  earlier_ = keep(earlier_, features);
  earlier_terms_ = keep(earlier_terms_, terms);
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
  state["earlier"] = earlier_;
  state["earlier_terms"] = earlier_terms_;
  state["usual_gradient"] = at::tensor({usual_gradient_}, at::kDouble);
  state["steps_done"] = at::tensor({steps_done_}, at::kLong);
  return state;
}

void BestRecipe::load_state(const TensorMap& state) {
  copy_values(take_under("generator.", state), generator_);
  copy_values(take_under("average.", state), average_);
  adam_.load_state(take_under("adam.", state));
  critic_.load_state(take_under("critic.", state));
  earlier_ = state.at("earlier");
  earlier_terms_ = state.at("earlier_terms");
  usual_gradient_ = state.at("usual_gradient").item<double>();
  steps_done_ = state.at("steps_done").item<std::int64_t>();
}

}  // namespace

std::unique_ptr<Recipe> make_best_recipe(const BestSettings& settings, const TrainingData& data) {
  return std::make_unique<BestRecipe>(settings, data);
}

}  // namespace octocal::train
