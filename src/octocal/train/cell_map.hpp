#pragma once
#include <ATen/ATen.h>

#include <cstdint>

#include "octocal/train/trained_generator.hpp"

namespace octocal::train {

/// Geant4's mean shower, as a checkpoint keeps it: what an export calibrates cells to.
struct MeanShower {
  at::Tensor cells;   ///< (x, y, z), GeV, averaged over the transverse symmetries that the training used
  at::Tensor energy;  ///< (n), GeV: of the showers that it is the mean of
  int symmetries = 1;
};

/// Sets "output.map" of a generator with profiles so that its mean shower agrees with `wanted` cell by cell: generates
/// up to `count` showers at energies of `wanted`, compares the mean cells and multiplies the map by their ratio, eight
/// times over (the fit to the profiles takes part of each correction back). Cells below about 1e-6 GeV on average, that
/// neither sample knows well, are left nearly as they are. Returns the largest relative difference that is left among
/// cells of at least 1e-3 of the largest. Errors: interrupted.
double calibrate_cell_map(TrainedGenerator& generator, const MeanShower& wanted, std::int64_t count,
                          std::uint64_t seed);

}  // namespace octocal::train
