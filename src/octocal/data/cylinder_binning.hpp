// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>

#include "octocal/data/shower_batch.hpp"

namespace octocal::data {

/// A cylinder around the primary whose layers are all divided alike, as CaloChallenge's datasets 2 and 3 have it.
///
/// | where        | shape                   | order                                                                  |
/// |--------------|-------------------------|------------------------------------------------------------------------|
/// | CaloChallenge| (layers, angles, radii) | C order, flat: radius runs fastest, then angle, then layer             |
/// | a shower here| (angles, radii, layers) | C order: x is the angle, y the radius, z the layer, along the primary  |
struct CylinderBinning {
  std::string particle;    ///< "electron"
  int pdg_code = 11;       ///< of that particle
  std::size_t layers = 0;  ///< along the primary
  std::size_t angles = 0;  ///< in each layer
  std::size_t radii = 0;   ///< in each layer

  std::size_t voxels() const noexcept { return layers * angles * radii; }                       ///< of a shower
  Geometry geometry() const noexcept { return {angles, radii, layers}; }                        ///< of a shower here
  std::size_t voxel(std::size_t layer, std::size_t angle, std::size_t radius) const noexcept {  ///< its number there
    return (layer * angles + angle) * radii + radius;
  }
  std::size_t cell(std::size_t layer, std::size_t angle, std::size_t radius) const noexcept {  ///< its number here
    return (angle * radii + radius) * layers + layer;
  }
};

/// Reads CaloChallenge's XML, `<Bins> <Bin pid= name=> <Layer id= r_edges= n_bin_alpha= /> ...`.
///
/// Errors: bad_input naming the file: missing, no XML of this form, more than one particle, layers that are divided
/// differently (dataset 1: no regular cylinder), more than kMostCells voxels.
CylinderBinning read_binning(const std::string& file);

}  // namespace octocal::data
