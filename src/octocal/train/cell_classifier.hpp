// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace octocal::train {

/// Showers to be told apart: cells (n, nx, ny, nz) in GeV, C order, and primary energies (n) in GeV. No copy is made.
struct ShowersToTell {
  std::span<const float> cells_gev;
  std::span<const float> energy_gev;
};

/// Settings of the classifier on cells; the defaults need about a minute on two cores for 1,000 against 1,000 showers.
struct CellClassifierSettings {
  std::size_t nx = 25, ny = 25, nz = 25;
  std::size_t folds = 4;
  std::int64_t epochs = 14;
  std::int64_t batch = 32;
  double rate = 2e-3;
  std::uint64_t seed = 1;
  int threads = 0;  ///< 0: as many as this process may use (usable_cores())
};

/// What the classifier says of showers that it was not trained on: larger means more like the first sample.
struct CellScores {
  /// A fold's held-out showers; scores of different folds are not on one scale.
  struct Fold {
    std::vector<double> first, second;
  };
  std::vector<Fold> folds;
  std::string description;  ///< what kind of classifier, what it looks at
};

/// Trains a small network of two-dimensional convolutions, one a fold, to tell two samples by their cells. It sees each
/// layer z as a channel, log(1 + cell/1e-4 GeV) and sqrt(cell/Ep), and Ep:
///
///     Conv 3x3 2nz->32, LeakyReLU, mean of 2x2 · Conv 3x3 32->48, LeakyReLU, mean of 2x2 · Conv 3x3 48->48, LeakyReLU,
///     mean and largest over the image, with log Ep · Dense 48, LeakyReLU · Dense 1
///
/// Cross entropy, Adam with the rate falling to zero, training showers turned by a random transverse symmetry (so what
/// differs only in its sign across x or y is not found). Shower i of either sample is in the same fold, dealt at
/// random. A pure function of showers and settings, whatever the number of threads. At least 4 showers of each. Sets
/// libtorch's number of threads while it runs: not for two threads at once. Errors: bad_input for samples that are too
/// small or of the wrong length; Error(kInterrupted).
CellScores tell_by_cells(const ShowersToTell& first, const ShowersToTell& second,
                         const CellClassifierSettings& settings);

}  // namespace octocal::train
