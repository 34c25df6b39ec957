// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "octocal/train/recipe.hpp"
#include "octocal/train/training.hpp"
#include "octocal/train/training_data.hpp"

namespace octocal::train {

/// What can be told to be wrong before any shower is read. Errors: bad_input.
void check_settings(const TrainingSettings& settings);

/// What several ranks cannot do together. Errors: bad_input.
void check_shared(const TrainingSettings& settings, int ranks);

/// The network that the settings' recipe trains: recipe cells has one of its own, of which theirs says the sizes.
model::NetworkSpec network_of(const TrainingSettings& settings);

/// The settings that a recipe has a value of its own for, as the run will use them: batch, rate, schedule_steps,
/// critic_from, critic_weight, profile_steps; null for what the recipe does not have.
nlohmann::json recipe_settings(const TrainingSettings& settings);

/// The recipe that the settings name, with its tensors on `device`. It draws from `data`, which must outlive it; of several ranks (check_shared) each takes its part of a batch. Errors:
/// bad_input (also for showers of another shape than the network's).
std::unique_ptr<Recipe> make_recipe(const TrainingSettings& settings, const TrainingData& data, at::Device device,
                                    ranks::Ranks& ranks);

}  // namespace octocal::train
