// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/model/generator_builder.hpp"
#include "octocal/model/profile_builder.hpp"

namespace octocal::model {

/// Adds the network of architecture cells (cells_spec.hpp) behind the profile network: trunk, heads and draws, which
/// read the graph's input `noise` (N, 2, nz, nx, ny), then the fit. Its parameters are the graph's constants of the same
/// names; the standardisation goes into the condition's weights. Returns the value (N, nz, nx, ny), cells in GeV.
///
/// The fit: of a cell's energy E the share clamp((E - kFixedGev) / (kFreeGev - kFixedGev), 0, 1) is free, the rest is
/// what single particles leave and stays. In each round the free energy of every column, row and layer is scaled so that
/// its sum is the profile's, by a factor of kLeastFactor to kMostFactor; at last that of the whole shower, so that ECAL
/// is the profile network's.
std::string add_cells_network(Graph& graph, const GeneratorSpec& spec, const DrawnProfiles& profiles);

}  // namespace octocal::model
