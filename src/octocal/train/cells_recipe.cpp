// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/cells_recipe.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/train/adam.hpp"
#include "octocal/train/batch_draw.hpp"
#include "octocal/train/cells_network.hpp"
#include "octocal/train/checkpoint.hpp"
#include "octocal/train/device.hpp"
#include "octocal/train/profile_flow.hpp"
#include "octocal/train/together/shared_gradients.hpp"
#include "octocal/train/together/shared_state.hpp"
#include "octocal/train/transverse_symmetry.hpp"

namespace octocal::train {
namespace {

constexpr std::int64_t kCellsWarmUp = 200;
constexpr double kCellsClip = 2;         // gradients longer than this many times their running length are cut
constexpr double kCellsLeastGev = 1e-6;  // a cell below is none
constexpr double kTopFactor = 1.5;       // of the largest cell: where the last bin ends
constexpr std::int64_t kStudied = 1000;  // showers whose hits decide the bins
constexpr std::int64_t kJudgedAtOnce = 50;
constexpr int kCellsBadSteps = 10;
constexpr std::uint64_t kMostBatch = std::uint64_t{1} << 20;  // steps of the doubt's numbers lie this far apart

at::Tensor without_dust(const at::Tensor& cells) {
  return at::where(cells < kCellsLeastGev, at::zeros_like(cells), cells);
}

class CellsRecipe final : public Recipe {
 public:
  CellsRecipe(const CellsSettings& settings, const TrainingData& data)
      : settings_(settings), spec_(settings.generator), data_(data), adam_({0.9, 0.99, 1e-8}) {
    network_ = make_cells_network(spec_, settings.seed);
    study_geant4();
    for (auto& [name, tensor] : network_) {
      const bool is_trained = tensor.requires_grad();
      tensor = tensor.detach().to(settings.device).set_requires_grad(is_trained);
    }
    average_ = clone_values(network_);
    if (!settings_.group->alone()) gradients_.emplace(*settings_.group, network_);
  }

  std::map<std::string, double> step(std::int64_t index) override;
  std::optional<double> held_out_loss() override;
  TrainedGenerator trained() const override;
  const char* trained_prefix() const override { return "average."; }
  std::int64_t showers_per_step() const override { return settings_.batch; }
  TensorMap state() const override;
  void load_state(const TensorMap& state) override;

 private:
  void study_geant4();
  void make_profile_network();
  void set_scales();
  int symmetries() const {
    return settings_.augment ? transverse_symmetries(spec_.network.image.x, spec_.network.image.y) : 1;
  }
  CellsCondition condition_of(const at::Tensor& cells, const at::Tensor& energy) const;
  double rate_at(std::int64_t index) const {
    const double share = std::min(1.0, static_cast<double>(index) / static_cast<double>(settings_.steps));
    const double fall = settings_.last_rate + (1 - settings_.last_rate) * (1 + std::cos(std::numbers::pi * share)) / 2;
    return settings_.rate * fall * std::min(1.0, static_cast<double>(index + 1) / static_cast<double>(kCellsWarmUp));
  }

  CellsSettings settings_;
  model::GeneratorSpec spec_;
  const TrainingData& data_;
  TensorMap network_, average_;
  TensorMap profile_;  ///< the profile network, on the CPU; empty until it is trained
  Adam adam_;
  std::optional<SharedGradients> gradients_;  ///< of several ranks
  ProfileSample training_profiles_, validation_profiles_;
  double usual_gradient_ = 0;
  int bad_steps_ = 0;
  std::int64_t steps_done_ = 0;
};

void CellsRecipe::study_geant4() {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> hits;
  double most = 0;
  const auto in_chunks = [](const ShowerSample& sample, const auto& use) {
    for (std::int64_t first = 0; first < sample.size(); first += 100) {
      throw_if_interrupted();
      const auto rows = at::arange(first, std::min(first + 100, sample.size()), at::kLong);
      use(first, sample.cells_gev(rows), sample.energy.index_select(0, rows));
    }
  };
  in_chunks(data_.training, [&](std::int64_t first, const at::Tensor& cells, const at::Tensor& energy) {
    training_profiles_.add(cells, energy);
    most = std::max(most, cells.max().item<double>());
    if (first < kStudied) hits.push_back(cells.masked_select(cells >= kCellsLeastGev));
  });
  in_chunks(data_.validation, [&](std::int64_t, const at::Tensor& cells, const at::Tensor& energy) {
    validation_profiles_.add(cells, energy);
  });
  set_bins(spec_, at::cat(hits), kTopFactor * most, settings_.seed, network_);
}

/// The profile network comes first: it takes half a minute. It says by how much the numbers of a shower spread, too.
void CellsRecipe::make_profile_network() {
  ProfileFitSettings settings;
  settings.seed = settings_.seed;
  settings.steps = settings_.profile_steps;
  settings_.group->agree([&] {
    if (!settings_.group->first()) return;  // it has the same bits everywhere, whatever processors there are
    profile_ = fit_profile_network(spec_, settings, training_profiles_, validation_profiles_, symmetries());
    profile_.erase("output.map");
    profile_.erase("output.lift");
    set_scales();
  });
  share_state(*settings_.group, *this);
}

void CellsRecipe::set_scales() {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> numbers;
  const auto e = relative_energy(profile_, training_profiles_.energy);
  for (int symmetry = 0; symmetry < symmetries(); ++symmetry)
    numbers.push_back(at::cat({describe(training_profiles_.turned(symmetry)).to(at::kFloat), e}, 1));
  const auto all = at::cat(numbers);
  for (auto* parameters : {&network_, &average_}) {
    parameters->at("cells.centre").copy_(all.mean(0));
    parameters->at("cells.spread").copy_(all.std(0) + 1e-4);
  }
}

CellsCondition CellsRecipe::condition_of(const at::Tensor& cells, const at::Tensor& energy) const {
  ProfileSample sample;
  sample.add(cells, energy);
  const auto numbers = at::cat({describe(sample).to(at::kFloat), relative_energy(profile_, energy)}, 1);
  return {sample.profiles, numbers};
}

std::map<std::string, double> CellsRecipe::step(std::int64_t index) {
  if (profile_.empty()) make_profile_network();
  const BatchDraw draw(settings_.seed, index);
  // Of the whole batch, as one process draws it, this rank's part.
  const auto& ranks = *settings_.group;
  const auto first = settings_.batch * ranks.rank() / ranks.size();
  const auto rows = data_.training.rows(draw, settings_.batch, Purpose::kCellRows)
                        .slice(0, first, settings_.batch * (ranks.rank() + 1) / ranks.size());
  const int turn = draw.symmetry(Purpose::kCellTurn) % symmetries();
  const auto energy = data_.training.energy.index_select(0, rows);
  const auto cells = without_dust(transform_transverse(data_.training.cells_gev(rows), turn)).contiguous();
  auto condition = condition_of(cells, energy);
  const auto there = [&](at::Tensor& tensor) { tensor = tensor.to(settings_.device); };
  for (auto* tensor : {&condition.numbers, &condition.profiles.x, &condition.profiles.y, &condition.profiles.z})
    there(*tensor);
  const auto doubt = spending_doubt(
      settings_.seed, Draw::kTraining,
      first_of(Region::kLatents) + static_cast<std::uint64_t>(index) * kMostBatch + static_cast<std::uint64_t>(first),
      cells);
  const auto losses = cells_loss(spec_, network_, condition, cells.to(settings_.device), doubt.to(settings_.device));
  const auto loss = ranks.alone() ? losses.mean() : losses.sum() / settings_.batch;
  const auto image = spec_.network.image;
  torch::autograd::backward({loss * (10.0 / static_cast<double>(image.x * image.y * image.z))}, {});
  if (gradients_) gradients_->finish(network_);
  const double gradient = adam_.step(network_, rate_at(index), usual_gradient_ > 0 ? kCellsClip * usual_gradient_ : 1);
  if (std::isfinite(gradient)) {
    bad_steps_ = 0;
    usual_gradient_ =
        usual_gradient_ > 0 ? 0.95 * usual_gradient_ + 0.05 * std::min(gradient, 4 * usual_gradient_) : gradient;
  } else if (++bad_steps_ >= kCellsBadSteps) {
    throw run_failed(
        "training: the gradients of ten steps in a row were not finite (the rate is too high?); resume from "
        "the last checkpoint with a lower --rate");
  }
  const at::NoGradGuard no_gradients;
  const double decay =
      std::min(settings_.average_decay, static_cast<double>(index + 1) / static_cast<double>(index + 20));
  for (auto& [name, tensor] : average_) tensor.lerp_(network_.at(name), 1 - decay);
  steps_done_ = index + 1;
  return {{"nats", settings_.group->sum(loss.item<double>())}, {"gradient", gradient}};
}

std::optional<double> CellsRecipe::held_out_loss() {
  if (profile_.empty() || data_.validation.size() == 0) return std::nullopt;
  const at::NoGradGuard no_gradients;
  auto& ranks = *settings_.group;
  double sum = 0;
  const auto judge = [&](std::int64_t first) {
    const auto rows = at::arange(first, std::min(first + kJudgedAtOnce, data_.validation.size()), at::kLong);
    const auto cells = without_dust(data_.validation.cells_gev(rows));
    auto condition = condition_of(cells, data_.validation.energy.index_select(0, rows));
    for (auto* tensor : {&condition.numbers, &condition.profiles.x, &condition.profiles.y, &condition.profiles.z})
      *tensor = tensor->to(settings_.device);
    const auto doubt = spending_doubt(settings_.seed, Draw::kPhysics, static_cast<std::uint64_t>(first), cells);
    sum += cells_loss(spec_, average_, condition, cells.to(settings_.device), doubt.to(settings_.device))
               .sum()
               .item<double>();
  };
  ranks.agree([&] {
    for (std::int64_t first = 0; first < data_.validation.size(); first += kJudgedAtOnce) {
      throw_if_interrupted();
      if (first / kJudgedAtOnce % ranks.size() == ranks.rank()) judge(first);
    }
  });
  sum = ranks.sum(sum);
  return sum / static_cast<double>(data_.validation.size());
}

TrainedGenerator CellsRecipe::trained() const {
  auto parameters = average_;
  for (const auto& [name, tensor] : profile_) parameters[name] = tensor.to(settings_.device);
  return {spec_, model::LatentConvention::kPaper, profile_.empty() ? -1.0 : 0.0, parameters};
}

TensorMap CellsRecipe::state() const {
  TensorMap state;
  insert_under("generator.", network_, state);
  insert_under("average.", average_, state);
  insert_under("adam.", adam_.state(), state);
  // Both under the name of what is trained, so that the export finds it.
  insert_under("average.", profile_, state);
  state["usual_gradient"] = at::tensor({usual_gradient_}, at::kDouble);
  state["steps_done"] = at::tensor({steps_done_}, at::kLong);
  return state;
}

void CellsRecipe::load_state(const TensorMap& state) {
  copy_values(take_under("generator.", state), network_);
  adam_.load_state(take_under("adam.", state));
  auto averaged = take_under("average.", state);
  profile_.clear();
  for (auto at = averaged.begin(); at != averaged.end();) {
    if (!at->first.starts_with("profile.")) {
      ++at;
      continue;
    }
    profile_[at->first] = at->second.detach().to(at::kCPU).clone();
    at = averaged.erase(at);
  }
  copy_values(averaged, average_);
  usual_gradient_ = state.at("usual_gradient").item<double>();
  steps_done_ = state.at("steps_done").item<std::int64_t>();
}

}  // namespace

std::unique_ptr<Recipe> make_cells_recipe(const CellsSettings& settings, const TrainingData& data) {
  return std::make_unique<CellsRecipe>(settings, data);
}

}  // namespace octocal::train
