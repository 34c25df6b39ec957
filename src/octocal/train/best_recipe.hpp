#pragma once
#include <memory>

#include "octocal/train/recipe.hpp"
#include "octocal/train/training_data.hpp"

namespace octocal::train {

/// Settings of BestRecipe; the defaults are what docs/training-log.md arrived at.
struct BestSettings {
  std::uint64_t seed = 1;
  std::int64_t batch = 32;
  std::int64_t steps = 10000;  ///< the rate falls to `last_rate` of its start until then
  double rate = 4e-4;
  double last_rate = 0.02;
  double critic_rate = 2e-4;
  double critic_weight = 0.5;
  std::int64_t critic_from = 200;  ///< step at which the feature critic joins
  std::int64_t relu_from = 400;    ///< step at which the last softplus becomes ReLU
  double average_decay = 0.999;    ///< of the averaged weights, per step
  bool augment = true;             ///< the eight transverse symmetries
};

/// Design section 6b: moment matching first, a critic on profiles and moments after it, averaged weights.
std::unique_ptr<Recipe> make_best_recipe(const BestSettings& settings, const TrainingData& data);

}  // namespace octocal::train
