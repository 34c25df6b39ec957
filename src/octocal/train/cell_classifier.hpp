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

/// Settings of the classifier on cells; the defaults need one to two minutes of one core for 1,000 against 1,000
/// showers.
struct CellClassifierSettings {
  std::size_t nx = 25, ny = 25, nz = 25;
  std::size_t folds = 4;
  std::int64_t most_epochs = 30;  ///< of one try
  std::int64_t patience = 5;  ///< epochs without a better held-out AUC that end a try whose training loss has fallen
  std::size_t tries = 3;      ///< from other weights and at another rate, until the training loss falls; at most 3
  std::int64_t batch = 32;
  double rate = 2e-3;  ///< of the first try
  std::uint64_t seed = 1;
  int threads = 0;  ///< 0: as many as this process may use (usable_cores())
};

/// A training loss (cross entropy, nats a shower) below which a network has learnt something; chance is ln 2 = 0.693.
inline constexpr double kLossThatFell = 0.66;

/// What the classifier says of showers that it was not trained on: larger means more like the first sample.
struct CellScores {
  /// A fold's held-out showers; scores of different folds are not on one scale.
  struct Fold {
    std::vector<double> first, second;
    double training_loss = 0;  ///< lowest mean over an epoch of the try that was taken
    double held_out_area = 0;  ///< largest AUC of the showers that said when to stop
    bool converged = false;    ///< the training loss fell below kLossThatFell
  };
  std::vector<Fold> folds;
  std::string description;  ///< what kind of classifier, what it looks at
};

/// Trains a small network of convolutions, one a fold, to tell two samples by their cells. The convolutions are worked out at
/// the cells that have energy, some thousand of a shower, and share their weights over all of these, so that few weights see
/// many cells and most of the calorimeter, which is empty, costs nothing:
///
///     Conv 3x3x3 of log(1 + cell/1e-5 GeV), and the middle cell's sqrt(cell/Ep): -> 16, LeakyReLU · Conv 1x1x1 16->12,
///     LeakyReLU · mean of these, number of cells and energy/Ep in five square rings and in five groups of layers ·
///     with log of the number of cells, largest cell and log Ep, brought to mean 0 and deviation 1 · Dense 16,
///     LeakyReLU · Dense 1
///
/// Cross entropy, Adam (the rate rises over the first epoch), training showers turned by a random transverse symmetry (so what differs only in its sign across x or y is not found). A sixth of a fold's
/// training showers is held out: the weights, averaged exponentially over steps, are those of the epoch in which its
/// AUC was largest. Training ends `patience` epochs after that, but not before the loss of training showers has fallen
/// below kLossThatFell: networks that learn nothing sit at ln 2 for epochs and then fall, and even showers that cannot be
/// told apart are learnt by heart in the end. One that has not fallen after `most_epochs` begins anew from other weights, at a
/// third of the rate and then at three times the rate; if none of the tries falls the fold has not converged, and its
/// scores say nothing. Scores are means over all transverse symmetries.
///
/// Shower i of either sample is in the same fold, dealt at random. A pure function of showers and settings, but for the
/// rounding of sums, which the number of threads may change. At least 4 showers of each. Sets libtorch's number of threads
/// while it runs: not for two threads at once. Errors: bad_input for samples that are too small or of the wrong length;
/// Error(kInterrupted).
CellScores tell_by_cells(const ShowersToTell& first, const ShowersToTell& second,
                         const CellClassifierSettings& settings);

}  // namespace octocal::train
