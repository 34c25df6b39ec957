// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "octocal/base/random.hpp"
#include "octocal/model/generator_builder.hpp"
#include "octocal/train/profile_network.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// The network of model/cells_spec.hpp in tensors, the same map as the exported graph.

/// What the network is told of a shower.
struct CellsCondition {
  Profiles profiles;   ///< GeV
  at::Tensor numbers;  ///< (n, D + 1): the description and e (profile_spec.hpp)
};

/// Random weights that suit training; "cells.centre" 0, "cells.spread" 1, edges and densities 0: they come from a
/// sample (study_cells). Same seed, same numbers.
TensorMap make_cells_network(const model::GeneratorSpec& spec, std::uint64_t seed);

/// Bins of log energy from a sample's hits (n), GeV: three eighths of the edges at equal numbers of hits, a quarter at
/// equal shares of their energy, the others at equal steps of the logarithm, up to `most_gev`; log densities as in the sample,
/// and a basis of smooth functions.
void set_bins(const model::GeneratorSpec& spec, const at::Tensor& hits_gev, double most_gev, std::uint64_t seed,
              TensorMap& parameters);

/// Minus the logarithm of the likelihood of each shower's cells (n), in nats: a density in log energy for each hit.
/// cells: (n, x, y, z), GeV; a hit is a cell above 0. `doubt`: (n, x, y, z), what the energies of cells are multiplied
/// by where they are taken off what is left of columns, rows and layers (spending_doubt()).
at::Tensor cells_loss(const model::GeneratorSpec& spec, const TensorMap& parameters, const CellsCondition& condition,
                      const at::Tensor& cells, const at::Tensor& doubt);

/// Factors of mean 1 for cells_loss(), those of showers `first` on; their standard deviation is sqrt(1/2) for small
/// cells, 0.8 of that at 0.04 % of ECAL, a tenth for large ones. A Geant4 shower's cells add up to its profiles exactly,
/// those of earlier draws only about: without doubt, heads would learn that what is left must all be found in the last
/// cells, and drawn showers would have hits too many there; with too much, they would not heed it. Chosen so that what is
/// left of columns, rows and layers spreads as it does in the network's own draws (docs/training-log.md).
at::Tensor spending_doubt(std::uint64_t seed, Draw draw, std::uint64_t first, const at::Tensor& cells);

/// Sets those weights to 0 by which heads read the distances of their own pixels: in a network that was trained without
/// them they were multiplied by 0, and never learnt.
void forget_distances(const model::GeneratorSpec& spec, TensorMap& parameters);

/// Largest size of the trunk's values for these showers.
double trunk_reach(const model::GeneratorSpec& spec, const TensorMap& parameters, const CellsCondition& condition);

/// Divides the trunk's values by a power of two, and multiplies the weights that read them: the same map to the bit.
void scale_trunk(const model::GeneratorSpec& spec, double factor, TensorMap& parameters);

/// Cells (n, x, y, z) in GeV drawn with the uniform numbers `noise` (n, 2, z, x, y): whether there is a hit, and its
/// energy. Not fitted.
at::Tensor draw_cells(const model::GeneratorSpec& spec, const TensorMap& parameters, const CellsCondition& condition,
                      const at::Tensor& noise);

/// Drawn cells scaled towards the profiles and to their ECAL: cells below kFixedGev stay, those above kFreeGev are
/// scaled, those between by a part; at last the sum of a shower is its profiles' exactly (as far as it has free cells).
at::Tensor fit_cells(const at::Tensor& cells, const Profiles& profiles);

}  // namespace octocal::train
