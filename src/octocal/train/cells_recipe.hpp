// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "octocal/ranks/ranks.hpp"
#include "octocal/train/recipe.hpp"
#include "octocal/train/training_data.hpp"

namespace octocal::train {

/// Settings of recipe cells; the defaults are what docs/training-log.md arrived at.
struct CellsSettings {
  std::uint64_t seed = 1;
  std::int64_t batch = 64;
  std::int64_t steps = 6000;          ///< the rate falls along half a cosine until then
  double rate = 1e-3;                 ///< of Adam
  double last_rate = 0.02;            ///< share of it that is left at the end
  std::int64_t profile_steps = 2000;  ///< of the profile network, before all others
  double average_decay = 0.999;       ///< of the averaged weights, per step
  at::Device device = at::kCPU;
  bool augment = true;             ///< the transverse symmetries: eight where x and y have as many cells, else four
  model::GeneratorSpec generator;  ///< network of architecture cells
  /// Each takes its part of every batch; the gradients are those of the whole batch. All must have the same settings,
  /// data and state (share_state).
  ranks::Ranks* group = &ranks::alone();
};

/// First the profile network, then the network of cells (model/cells_spec.hpp), both by maximum likelihood: the second
/// is told a Geant4 shower's own profiles and learns the density of its cells. Exponential average of the weights. The
/// epoch is chosen by held_out_loss(). The recipe draws its batches from `data`, which must outlive it. Errors:
/// interrupted. step() and held_out_loss() are meetings of the ranks.
std::unique_ptr<Recipe> make_cells_recipe(const CellsSettings& settings, const TrainingData& data);

}  // namespace octocal::train
