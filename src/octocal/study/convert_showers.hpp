// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "octocal/data/compression.hpp"
#include "octocal/data/cylinder_binning.hpp"

namespace octocal::study {

/// Files of CaloChallenge that are to be files of showers here, or the other way round.
struct ConversionSettings {
  std::vector<std::string> inputs;  ///< one sample, in this order; all of one kind, which decides the direction
  std::string output;               ///< HDF5 file
  std::string binning;              ///< CaloChallenge's XML
  data::Compression compression;    ///< of cells; CaloChallenge's files are packed with gzip
};

/// What was converted.
struct ConversionResult {
  bool to_voxels = false;         ///< CaloChallenge's file was written
  data::CylinderBinning binning;  ///< of the calorimeter
  std::size_t showers = 0;        ///< of all inputs
  std::size_t dropped = 0;        ///< voxels above 0 and below kCellThresholdGev, which became 0
  bool has_rests = true;          ///< all inputs know the bits that are lost between GeV and MeV (data/mev_rest.hpp)
};

/// Converts some showers at a time: memory does not grow with the files. CaloChallenge's float32 values come back bit for
/// bit from a file that was made of them, but for those that were dropped, which is warned of.
///
/// Errors: bad_input naming the file: no binning of a regular cylinder, inputs of both kinds, sizes that do not fit it,
/// what VoxelReader and ShowerReader refuse, an output that is an input; run_failed if the disk is full;
/// Error(kInterrupted). Nothing is written then.
ConversionResult convert_showers(const ConversionSettings& settings);

}  // namespace octocal::study
