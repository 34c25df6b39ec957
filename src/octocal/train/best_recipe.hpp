// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "octocal/train/recipe.hpp"
#include "octocal/train/training_data.hpp"

namespace octocal::train {

/// Settings of BestRecipe; the defaults are what docs/training-log.md arrived at.
struct BestSettings {
  static constexpr std::int64_t kNever = std::int64_t{1} << 60;

  std::uint64_t seed = 1;
  std::int64_t batch = 16;
  std::int64_t steps = 10000;         ///< the rate falls to `last_rate` of its start until then
  double rate = 0.01;                 ///< of Adam, relative to each layer's starting weights
  double last_rate = 0.02;            ///< share of it that is left at the end
  std::int64_t profile_steps = 2000;  ///< of the profile network, before all others
  double critic_rate = 1e-4;
  double critic_weight = 0.3;      ///< most that the critic's gradient may have of the other losses'
  std::int64_t relu_from = 150;    ///< step at which the last softplus becomes ReLU
  std::int64_t cells_until = 600;  ///< step until which pairs are compared cell by cell too
  std::int64_t image_from = 150;   ///< step at which the batch's mean image joins
  std::int64_t critic_from = 700;  ///< step at which the critic of cells joins; kNever: never
  double average_decay = 0.995;    ///< of the averaged weights, per step
  at::Device device = at::kCPU;
  bool augment = true;             ///< the transverse symmetries: eight where x and y have as many cells, else four
  model::GeneratorSpec generator;  ///< network, latents; output transform and scale are the recipe's own
};

/// First the profile network (model/profile_spec.hpp) by maximum likelihood. Then pairs: the convolutional network gets
/// the code of a Geant4 shower and that shower's profiles, and learns what is left: hits in each layer, radius in each
/// layer, cell by cell at the start, the batch's mean image, at last a critic of cells (image_critic.hpp). Exponential
/// average of the weights. Latents on the sphere. docs/training-log.md tells why. The recipe draws its batches from
/// `data`, which must outlive it. Errors: bad_input for an image too small for the critic; interrupted.
std::unique_ptr<Recipe> make_best_recipe(const BestSettings& settings, const TrainingData& data);

}  // namespace octocal::train
