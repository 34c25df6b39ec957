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
  std::int64_t steps = 10000;  ///< the rate falls to `last_rate` of its start until then
  double rate = 0.01;          ///< of Adam, relative to each layer's starting weights
  double last_rate = 0.02;     ///< share of it that is left at the end
  double critic_rate = 2e-4;
  double critic_weight = 0.5;
  std::int64_t relu_from = 150;      ///< step at which the last softplus becomes ReLU
  std::int64_t cells_until = 600;    ///< step until which pairs are compared cell by cell too
  std::int64_t image_from = 150;     ///< step at which the batch's mean image joins
  std::int64_t match_from = kNever;  ///< step at which free latents take half of each batch, and energy distance and
                                     ///< critic join (not part of the shipped model's training)
  double average_decay = 0.995;      ///< of the averaged weights, per step
  bool augment = true;               ///< the eight transverse symmetries
};

/// Pairs: the generator learns to turn a Geant4 shower's code (shower_codes.hpp), put into the latents, into that
/// shower's features; cell by cell at the start, with the mean image of the batch later. From match_from on free
/// latents are matched too (energy distance) and a critic on features joins. Exponential average of the weights.
/// Latents on the sphere, cell = Ep k relu(v)^2 (design section 6b). docs/training-log.md tells why.
std::unique_ptr<Recipe> make_best_recipe(const BestSettings& settings, const TrainingData& data);

}  // namespace octocal::train
