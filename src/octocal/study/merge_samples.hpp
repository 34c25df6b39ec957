// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/data/compression.hpp"

namespace octocal::study {

/// Parts of one generated sample that are to be one file.
struct MergeSettings {
  std::vector<std::string> parts;  ///< HDF5 files of generate_to_file, in any order
  std::string output;              ///< HDF5 file
  data::Compression compression;   ///< of its cells, whatever that of the parts
};

/// What was merged.
struct MergeResult {
  std::vector<std::string> parts;  ///< in the order of their showers
  std::uint64_t first_shower = 0;  ///< the number of the first in the sample
  std::size_t showers = 0;         ///< of all parts
  std::string showers_hash;        ///< see GenerateResult
};

/// Joins parts of a sample: the file is, byte for byte, the one that a single run of generate_to_file with the same
/// compression makes. Every shower is read, and the parts' hashes are checked. A batch of showers is held at a time.
///
/// Errors: bad_input naming files: one that generate_to_file did not make; two of different samples (model, seed,
/// energies, latents, settings, version of octocal, the precision that a layer ran in), and in what they differ; showers
/// that no part has, or two have; a part whose showers are not those that were written. run_failed if the disk is full;
/// Error(kInterrupted).
MergeResult merge_samples(const MergeSettings& settings);

}  // namespace octocal::study
