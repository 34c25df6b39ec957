// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/training_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace octocal::train {

std::string TrainingWatch::after_step(const std::map<std::string, double>& losses) {
  const auto bad =
      std::find_if(losses.begin(), losses.end(), [](const auto& loss) { return !std::isfinite(loss.second); });
  bad_steps_ = bad == losses.end() ? 0 : bad_steps_ + 1;
  if (bad_steps_ < kBadSteps) return {};
  return fmt::format("the loss '{}' was not a number for {} steps in a row (the rate is too high?)", bad->first,
                     kBadSteps);
}

std::string TrainingWatch::after_epoch(const PhysicsSummary& generated, const PhysicsSummary& geant4) {
  for (const auto& quantity : physics_quantities(generated))
    if (!std::isfinite(quantity.value))
      return fmt::format("the generated showers are not numbers ({}; the rate is too high?)", quantity.name);
  const auto mean = [](const PhysicsSummary& summary) {
    return std::accumulate(summary.response.begin(), summary.response.end(), 0.0) / 4;
  };
  state.empty_epochs = mean(generated) < kEmptyResponse * mean(geant4) ? state.empty_epochs + 1 : 0;
  if (state.empty_epochs >= kBadEpochs)
    return fmt::format("the generator puts out hardly any energy ({:.2g} of Geant4's) for {} epochs in a row",
                       mean(generated) / mean(geant4), kBadEpochs);
  if (state.empty_epochs > 0) return {};  // spreads of empty showers say nothing
  const double now = diversity(generated, geant4);
  state.best_diversity = std::max(state.best_diversity, now);
  const bool alike = state.best_diversity >= kOnceDiverse && now < kCollapsed * state.best_diversity;
  state.alike_epochs = alike ? state.alike_epochs + 1 : 0;
  if (state.alike_epochs < kBadEpochs) return {};
  return fmt::format(
      "mode collapse: the spread from shower to shower is {:.2g} of Geant4's, it was {:.2g}, for {} epochs in a row",
      now, state.best_diversity, kBadEpochs);
}

}  // namespace octocal::train
