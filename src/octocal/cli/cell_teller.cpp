// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/cell_teller.hpp"

#include <utility>

#include "octocal/train/cell_classifier.hpp"

namespace octocal::cli {

study::TellByCells cell_teller() {
  return [](const study::CellSample& first, const study::CellSample& second, const data::Geometry& geometry,
            std::uint64_t seed) {
    train::CellClassifierSettings settings;
    settings.nx = geometry.nx;
    settings.ny = geometry.ny;
    settings.nz = geometry.nz;
    settings.seed = seed;
    auto told =
        train::tell_by_cells({first.cells_gev, first.energy_gev}, {second.cells_gev, second.energy_gev}, settings);
    study::CellScores scores;
    scores.description = std::move(told.description);
    for (auto& fold : told.folds)
      scores.folds.push_back(
          {std::move(fold.first), std::move(fold.second), fold.training_loss, fold.held_out_area, fold.converged});
    return scores;
  };
}

}  // namespace octocal::cli
