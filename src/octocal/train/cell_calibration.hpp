// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "octocal/train/trained_generator.hpp"

namespace octocal::train {

/// Geant4's mean shower, as a checkpoint keeps it: what an export calibrates cells to.
struct MeanShower {
  at::Tensor cells;   ///< (x, y, z), GeV, averaged over the transverse symmetries that the training used
  at::Tensor energy;  ///< (n), GeV: of the showers that it is the mean of
  double hits = 0;    ///< their mean number of cells above 1e-4 GeV
  int symmetries = 1;
};

/// By how much calibrate_cells() may raise an entry of the map.
inline constexpr double kMostGrowth = 16;

struct CellCalibration {
  double worst_core_cell = 0;  ///< largest relative difference left among cells of at least 1e-3 of the largest mean
  double hits_before = 0;      ///< with the lift as it was, mean cells calibrated
  double hits = 0;
  double lift = 0;
};

/// Sets "output.map" of a generator with profiles so that its mean shower agrees with `wanted` cell by cell, and
/// "output.lift" so that it has as many hits if it had fewer. Generates up to `count` showers at energies of `wanted`;
/// the map is multiplied by the ratio of mean cells again and again, because the fit to the profiles takes part of each
/// correction back. Cells below about 1e-6 GeV on average, that neither sample knows well, are left nearly as they are;
/// a cell into which the network puts nothing keeps its entry, and no entry becomes more than kMostGrowth times what it
/// was: a cell that hardly ever fires would else be made to fire the more wildly, without end.
/// Errors: interrupted.
CellCalibration calibrate_cells(TrainedGenerator& generator, const MeanShower& wanted, std::int64_t count,
                                std::uint64_t seed);

}  // namespace octocal::train
