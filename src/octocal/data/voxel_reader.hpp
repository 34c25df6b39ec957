// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "octocal/data/cylinder_binning.hpp"

namespace octocal::data {

/// Some showers as CaloChallenge has them.
///
/// | member     | shape       | type    | unit | notes                                |
/// |------------|-------------|---------|------|--------------------------------------|
/// | energy_mev | (n)         | float32 | MeV  | of the primary                       |
/// | voxels_mev | (n, voxels) | float32 | MeV  | in CylinderBinning's order           |
struct VoxelBatch {
  std::vector<float> energy_mev;
  std::vector<float> voxels_mev;

  std::size_t size() const noexcept { return energy_mev.size(); }  ///< showers
};

/// Whether a file of showers has CaloChallenge's datasets, `incident_energies` and `showers`, and not this program's,
/// `ECAL` and `target`. Errors: bad_input naming the file: what HDF5 refuses, or neither.
bool is_voxel_file(const std::string& file);

/// One file of CaloChallenge, `incident_energies (N, 1)` and `showers (N, voxels)`, of any types of numbers, in MeV; read
/// as float32, some showers at a time, so that memory does not grow with the file. Not thread-safe.
/// Errors: bad_input naming the file: what HDF5 refuses, a dataset that is absent, not written to its end or of another
/// shape than the binning has; an energy or a voxel that is NaN, infinite or negative, naming the shower.
class VoxelReader {
 public:
  /// Opens and checks the file; errors as above.
  VoxelReader(const std::string& file, const CylinderBinning& binning);
  ~VoxelReader();

  std::size_t size() const noexcept;  ///< showers

  /// The next `most` showers (fewer at the end); false when there are none left.
  bool next(VoxelBatch& batch, std::size_t most);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace octocal::data
