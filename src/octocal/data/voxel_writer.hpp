// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace octocal::data {

/// Writes a file as CaloChallenge's participants read them: `incident_energies (N, 1)` and `showers (N, voxels)`, float32,
/// MeV, packed with gzip. Some showers at a time; the file is complete or absent. The same calls, the same bytes. One
/// thread at a time. Errors, naming the file: bad_input if it cannot be created, run_failed if the disk is full.
class VoxelWriter {
 public:
  /// Opens the file; errors as above.
  VoxelWriter(const std::string& file, std::size_t voxels);
  ~VoxelWriter();

  /// Appends n showers: energies (n), voxels (n, voxels), in MeV.
  void append(std::span<const float> energy_mev, std::span<const float> voxels_mev);

  /// Completes the file, flushes it to disk and puts it in place.
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace octocal::data
