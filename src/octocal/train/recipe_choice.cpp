// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/recipe_choice.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/model/network_file.hpp"
#include "octocal/train/best_recipe.hpp"
#include "octocal/train/cells_recipe.hpp"
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

PaperSettings paper_settings(const TrainingSettings& settings) {
  PaperSettings paper;
  paper.seed = settings.seed;
  paper.augment = settings.augment;
  paper.network = settings.network;
  paper.batch = settings.batch.value_or(paper.batch);
  paper.generator_rate = settings.rate.value_or(paper.generator_rate);
  return paper;
}

BestSettings best_settings(const TrainingSettings& settings) {
  BestSettings best;
  best.seed = settings.seed;
  best.steps = settings.schedule_steps.value_or(settings.steps);
  best.augment = settings.augment;
  best.generator = settings.network.generator;
  best.batch = settings.batch.value_or(best.batch);
  best.rate = settings.rate.value_or(best.rate);
  best.critic_from = settings.critic_from.value_or(best.critic_from);
  best.profile_steps = settings.profile_steps.value_or(best.profile_steps);
  best.critic_weight = settings.critic_weight.value_or(best.critic_weight);
  return best;
}

CellsSettings cells_settings(const TrainingSettings& settings) {
  CellsSettings cells;
  cells.seed = settings.seed;
  cells.steps = settings.schedule_steps.value_or(settings.steps);
  cells.augment = settings.augment;
  cells.batch = settings.batch.value_or(cells.batch);
  cells.rate = settings.rate.value_or(cells.rate);
  cells.profile_steps = settings.profile_steps.value_or(cells.profile_steps);
  cells.generator = network_of(settings).generator;
  return cells;
}

}  // namespace

model::NetworkSpec network_of(const TrainingSettings& settings) {
  auto network = settings.network;
  if (settings.recipe != "cells") return network;
  auto& generator = network.generator;
  generator.architecture = model::Architecture::kCells;
  generator.output = model::OutputTransform::kProfiles;
  generator.latent_size = static_cast<std::size_t>(model::description_size(generator.network.image));
  return network;
}

nlohmann::json recipe_settings(const TrainingSettings& settings) {
  if (settings.recipe == "paper") {
    const auto paper = paper_settings(settings);
    return {{"batch", paper.batch},   {"rate", paper.generator_rate}, {"schedule_steps", nullptr},
            {"critic_from", nullptr}, {"critic_weight", nullptr},     {"profile_steps", nullptr}};
  }
  if (settings.recipe == "cells") {
    const auto cells = cells_settings(settings);
    return {{"batch", cells.batch},   {"rate", cells.rate},       {"schedule_steps", cells.steps},
            {"critic_from", nullptr}, {"critic_weight", nullptr}, {"profile_steps", cells.profile_steps}};
  }
  const auto best = best_settings(settings);
  return {{"batch", best.batch},
          {"rate", best.rate},
          {"schedule_steps", best.steps},
          {"critic_from", best.critic_from},
          {"critic_weight", best.critic_weight},
          {"profile_steps", best.profile_steps}};
}

void check_settings(const TrainingSettings& settings) {
  if (settings.recipe != "best" && settings.recipe != "cells" && settings.recipe != "paper")
    throw bad_input(fmt::format("recipe '{}' (expected best, cells or paper)", settings.recipe));
  const auto architecture = settings.network.generator.architecture;
  if (settings.recipe == "cells") {
    if (architecture == model::Architecture::kConv3d)
      throw bad_input("network: architecture conv3d (recipe cells has a network of its own); leave it out");
    model::check_cells(settings.network.generator, "network");
    return;
  }
  if (architecture == model::Architecture::kCells)
    throw bad_input(
        fmt::format("network: architecture cells (recipe {} cannot train it); give --recipe cells", settings.recipe));
  if (settings.recipe == "paper")
    model::check_discriminator(settings.network.discriminator, settings.network.generator.network.image,
                               "network: discriminator");
  else
    model::check_profiles(settings.network.generator, "network");
}

void check_shared(const TrainingSettings& settings, int ranks) {
  if (settings.recipe != "cells")
    throw bad_input(fmt::format("recipe {}: trains in one process, and there are {} ranks; start it without mpirun",
                                settings.recipe, ranks));
  if (settings.device != "cpu")
    throw bad_input(fmt::format("--device {}: several ranks train on CPUs, and there are {}; start it without mpirun",
                                settings.device, ranks));
  if (const auto batch = cells_settings(settings).batch; batch < ranks)
    throw bad_input(fmt::format("--batch {}: each of {} ranks needs a shower of it; start fewer ranks", batch, ranks));
}

std::unique_ptr<Recipe> make_recipe(const TrainingSettings& settings, const TrainingData& data, at::Device device,
                                    ranks::Ranks& ranks) {
  check_geometry(settings, data);
  if (settings.recipe == "paper") {
    auto paper = paper_settings(settings);
    paper.device = device;
    return make_paper_recipe(paper, data);
  }
  if (settings.recipe == "cells") {
    auto cells = cells_settings(settings);
    cells.device = device;
    cells.group = &ranks;
    return make_cells_recipe(cells, data);
  }
  auto best = best_settings(settings);
  best.device = device;
  return make_best_recipe(best, data);
}

}  // namespace octocal::train
