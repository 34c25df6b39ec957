// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/model/generator_builder.hpp"
#include "octocal/model/profile_builder.hpp"

namespace octocal::model {

/// Adds the network of architecture cells (cells_spec.hpp) behind the profile network: trunk, heads and draws, which
/// read the graph's input `noise` (N, 2, nz, nx, ny), then the fit (cell_ops.hpp) by kFixedGev to kMostFactor: what
/// single particles leave stays. Its parameters are the graph's constants of the same names. Makes the value `cells`
/// (N, nx, ny, nz), GeV.
void add_cells_network(Graph& graph, const GeneratorSpec& spec, const DrawnProfiles& profiles);

}  // namespace octocal::model
