// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "octocal/physics/sample_result.hpp"

namespace octocal::physics {

/// Fills in the spectrum of cells and the excess of neighbouring hits (cell_texture.hpp), with their floors, and
/// the histograms of layers.
void describe_texture(const SampleSums& sample, bool with_floors, SampleResult& result);

/// Separation power of ECAL/Ep, of each kind of histograms of layers, and of the spectrum of cells.
std::vector<Separation> separation_from(const SampleSums& sample, const SampleSums& reference);

}  // namespace octocal::physics
