// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>

#include "octocal/data/shower_batch.hpp"

namespace octocal::data {

/// Whether showers can be in GeV: a shower cannot leave more energy than it has. The rule, on r = ECAL/Ep of each shower
/// that left anything, and the median of r over some showers (one shower may fluctuate, or be noise):
///
/// | what                       | units        | why                                                                     |
/// |----------------------------|--------------|-------------------------------------------------------------------------|
/// | median r > 2               | kImpossible  | cells not in GeV: MeV (factor 1000), MIPs, ADC counts, ...              |
/// | any r > 10                 | kImpossible  | the same, or a broken shower                                            |
/// | median r in 1.1 .. 2       | kDoubtful    | calibrated cells add up to Ep, hardly to more                           |
/// | median r < 0.001           | kDoubtful    | sampling calorimeters see a hundredth: energies in MeV, cells in GeV?   |
/// | median Ep > 10 TeV         | kDoubtful    | everything in MeV?                                                      |
/// | else, or nothing left      | kPossible    |                                                                         |
inline constexpr double kImpossibleRatio = 2;
inline constexpr double kImpossibleShower = 10;
inline constexpr double kDoubtfulRatio = 1.1;
inline constexpr double kLeastRatio = 1e-3;
inline constexpr double kDoubtfulEnergyGev = 1e4;

/// Whether a sample's cells and energies can be in GeV, by the table above.
enum class Units { kPossible, kDoubtful, kImpossible };

/// What a look at some showers says. `problem` and `guess` are empty if the units are possible.
struct EnergyBalance {
  Units units = Units::kPossible;  ///< by that rule
  std::size_t showers = 0;         ///< looked at
  std::size_t empty = 0;           ///< of these without any energy in their cells
  std::string problem;  ///< "showers leave 28.5 times the energy that they have (median ... ; shower 3: ...)"
  std::string guess;    ///< "the cells are in MeV and the energies in GeV (then ...)"; "" if there is none
};

/// Looks at all showers of a batch; `first` is the number of its first shower, for the sentence. Thread-safe.
EnergyBalance energy_balance(const ShowerBatch& batch, std::size_t first = 0);

}  // namespace octocal::data
