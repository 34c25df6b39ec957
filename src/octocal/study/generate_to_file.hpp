// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "octocal/data/compression.hpp"
#include "octocal/study/open_model.hpp"

namespace octocal::study {

/// Which showers to make, and where to write them.
struct GenerateSettings {
  std::string model;                    ///< ONNX file
  std::string output;                   ///< HDF5 file
  std::string energy;                   ///< see Energies; "": the model's range
  std::optional<std::int64_t> showers;  ///< without it: as many as the file of energies or latents has, or 1000
  std::int64_t first_shower = 0;        ///< begins a part of the sample: its showers are those of the whole
  std::optional<std::uint64_t> seed;  ///< of latents, noise and energies; without it that of the file of latents, or 1
  std::string latents;                ///< file with the generator's inputs; "": random ones
  bool no_output = false;             ///< showers are made and hashed, not written: for timing
  bool keep_latents = false;          ///< write the generator's inputs beside the showers
  bool every_layer = false;           ///< tell verbosely of small layers one by one
  data::Compression compression;      ///< of the file's cells
  EngineSettings engine;              ///< how the model runs
};

/// What was made.
struct GenerateResult {
  std::size_t showers = 0;                        ///< written
  std::uint64_t first_shower = 0;                 ///< the first one's number in its sample
  std::uint64_t seed = 0;                         ///< that was taken
  double energy_min_gev = 0, energy_max_gev = 0;  ///< of the showers
  double seconds = 0;                             ///< generating and writing
  int streams = 0;                                ///< that ran
  std::string model_hash, precision;              ///< as in the file's attributes
  /// XXH3-128 of each shower's energy and cells, as files have them, in order: one number that two runs can compare.
  std::string showers_hash;
  std::vector<engine::LayerReport> layers;  ///< what ran

  /// Rate, generating and writing.
  double showers_per_second() const noexcept { return seconds > 0 ? static_cast<double>(showers) / seconds : 0; }
};

/// Makes the showers, a chunk at a time, and writes them with their provenance (attributes octocal.version, model,
/// model_hash, precision, seed, energy, first_shower, latents, layers, settings, showers_hash of the root group). The
/// file is complete or absent; its bytes do not depend on streams and batches. Errors: bad_input for anything wrong with settings, model, inputs or the disk; run_failed if the
/// model puts out NaN; Error(kInterrupted).
GenerateResult generate_to_file(const GenerateSettings& settings);

}  // namespace octocal::study
