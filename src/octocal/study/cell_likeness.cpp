// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/cell_likeness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>

#include "octocal/physics/auc.hpp"
#include "octocal/physics/comparisons.hpp"

namespace octocal::study {

namespace {

CellSample some(const data::ShowerBatch& batch, std::size_t first, std::size_t count) {
  const auto cells = batch.geometry.cells();
  return {std::span(batch.cells_gev).subspan(first * cells, count * cells),
          std::span(batch.energy_gev).subspan(first, count)};
}

physics::ClassifierResult result_of(const CellScores& scores, std::size_t showers) {
  std::vector<physics::Number> folds;
  physics::Convergence training{true};
  for (const auto& fold : scores.folds) {
    folds.push_back(physics::auc(fold.first, fold.second));
    training.converged = training.converged && fold.converged;
    training.training_loss = std::max(training.training_loss, fold.training_loss);
    training.held_out_area += fold.held_out_area / static_cast<double>(scores.folds.size());
  }
  physics::ClassifierResult result;
  result.auc = physics::mean_of_folds(folds);
  result.showers = showers;
  result.folds = scores.folds.size();
  result.description = scores.description;
  result.training = training;
  return result;
}

data::ShowerBatch read_first(SampleSource& source) {
  data::ShowerBatch all, part;
  all.geometry = source.geometry();
  const auto most = std::min(kMostCellShowers, source.energies_gev().size());
  constexpr std::size_t kChunk = 100;
  for (std::size_t first = 0; first < most; first += kChunk) {
    source.read(first, std::min(kChunk, most - first), part);
    all.energy_gev.insert(all.energy_gev.end(), part.energy_gev.begin(), part.energy_gev.end());
    all.cells_gev.insert(all.cells_gev.end(), part.cells_gev.begin(), part.cells_gev.end());
  }
  return all;
}

}  // namespace

std::vector<std::string> classify_by_cells(const std::vector<std::unique_ptr<SampleSource>>& sources,
                                           std::uint64_t seed, const TellByCells& tell,
                                           std::vector<MeasuredSample>& measured) {
  const auto reference = read_first(*sources.front());
  const auto half = reference.size() / 2;
  auto& floor = measured.front().result.classifier_cells;
  floor = result_of(tell(some(reference, 0, half), some(reference, half, half), reference.geometry, seed), half);
  for (std::size_t i = 1; i < sources.size(); ++i) {
    const auto sample = read_first(*sources[i]);
    const auto count = std::min(sample.size(), reference.size());
    auto& result = measured[i].result;
    result.classifier_cells =
        result_of(tell(some(sample, 0, count), some(reference, 0, count), reference.geometry, seed), count);
    result.classifier_cells->auc.floor = floor->auc.value;
    physics::add_classifier_comparison(result, "auc_cells");
  }
  std::vector<std::string> warnings;
  for (const auto& sample : measured) {
    const auto& training = sample.result.classifier_cells->training;
    if (training->converged) continue;
    warnings.push_back(
        fmt::format("{}: the classifier on cells did not converge (its training loss stayed at {:.3f}, chance is "
                    "0.693), so its AUC "
                    "says nothing; give more showers or another --seed",
                    sample.identity.name, training->training_loss));
  }
  return warnings;
}

}  // namespace octocal::study
