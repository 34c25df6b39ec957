// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/recipe_choice.hpp"

#include <fmt/format.h>

#include "octocal/base/error.hpp"
#include "octocal/model/network_file.hpp"
#include "octocal/train/best_recipe.hpp"
#include "octocal/train/paper_recipe.hpp"

namespace octocal::train {
namespace {

void check_geometry(const TrainingSettings& settings, const TrainingData& data) {
  const auto& image = settings.network.generator.network.image;
  const auto& cells = data.geometry;
  if (static_cast<std::size_t>(image.x) == cells.nx && static_cast<std::size_t>(image.y) == cells.ny &&
      static_cast<std::size_t>(image.z) == cells.nz)
    return;
  throw bad_input(fmt::format(
      "{}: showers of {}x{}x{} cells (the network makes {}x{}x{}, --network says other sizes); choose other "
      "files or another network",
      data.files.front(), cells.nx, cells.ny, cells.nz, image.x, image.y, image.z));
}

}  // namespace

void check_settings(const TrainingSettings& settings) {
  if (settings.recipe != "best" && settings.recipe != "paper")
    throw bad_input(fmt::format("recipe '{}' (expected best or paper)", settings.recipe));
  if (settings.recipe == "paper")
    model::check_discriminator(settings.network.discriminator, settings.network.generator.network.image,
                               "network: discriminator");
  else
    model::check_profiles(settings.network.generator, "network");
}

std::unique_ptr<Recipe> make_recipe(const TrainingSettings& settings, const TrainingData& data, at::Device device) {
  check_geometry(settings, data);
  if (settings.recipe == "paper") {
    PaperSettings paper;
    paper.seed = settings.seed;
    paper.augment = settings.augment;
    paper.network = settings.network;
    paper.device = device;
    if (settings.batch > 0) paper.batch = settings.batch;
    if (settings.rate > 0) paper.generator_rate = settings.rate;
    return make_paper_recipe(paper, data);
  }
  BestSettings best;
  best.seed = settings.seed;
  best.steps = settings.schedule_steps > 0 ? settings.schedule_steps : settings.steps;
  best.augment = settings.augment;
  best.generator = settings.network.generator;
  best.device = device;
  if (settings.batch > 0) best.batch = settings.batch;
  if (settings.rate > 0) best.rate = settings.rate;
  if (settings.critic_from >= 0) best.critic_from = settings.critic_from;
  if (settings.profile_steps >= 0) best.profile_steps = settings.profile_steps;
  if (settings.critic_weight >= 0) best.critic_weight = settings.critic_weight;
  return make_best_recipe(best, data);
}

}  // namespace octocal::train
