// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "octocal/study/measurement.hpp"

namespace octocal::study {

/// Showers of a sample that a classifier on cells sees at most.
inline constexpr std::size_t kMostCellShowers = 1000;

/// Showers to be told apart: cells (n, nx, ny, nz) in GeV, C order, and primary energies (n) in GeV. No copy is made.
struct CellSample {
  std::span<const float> cells_gev;   ///< (n, nx, ny, nz)
  std::span<const float> energy_gev;  ///< (n)
};

/// What a classifier on cells says of showers that it was not trained on: larger means more like the first sample.
struct CellScores {
  /// A fold's held-out showers; scores of different folds are not on one scale.
  struct Fold {
    std::vector<double> first, second;  ///< a score for each shower of either sample
    double training_loss = 0;           ///< lowest mean over an epoch of training, nats a shower; chance is ln 2
    double held_out_area = 0;           ///< largest AUC of the showers that said when to stop
    bool converged = true;              ///< false: it has learnt nothing, and its scores say nothing
  };
  std::vector<Fold> folds;  ///< each trained on the others' showers
  std::string description;  ///< what kind of classifier, what it looks at
};

/// A classifier that is trained to tell two samples by their cells. A function, because the one at hand
/// (train/cell_classifier.hpp) needs libtorch, which this room does without.
using TellByCells = std::function<CellScores(const CellSample& first, const CellSample& second,
                                             const data::Geometry& geometry, std::uint64_t seed)>;

/// Tells each sample from the reference by its cells, the first kMostCellShowers showers of both, and writes
/// classifier_cells and its comparison. The reference's own entry is one half against the other: the floor. Reads the
/// showers once more, after everything else was measured. Returns a sentence for each classifier that did not converge:
/// its AUC is no measurement. Errors: those of `tell` (too few showers).
std::vector<std::string> classify_by_cells(const std::vector<std::unique_ptr<SampleSource>>& sources,
                                           std::uint64_t seed, const TellByCells& tell,
                                           std::vector<MeasuredSample>& measured);

}  // namespace octocal::study
