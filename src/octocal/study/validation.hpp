// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/physics/limits.hpp"
#include "octocal/study/cell_likeness.hpp"
#include "octocal/study/measurement.hpp"

namespace octocal::study {

/// Models and samples to be set against Geant4.
struct ValidationSettings {
  std::vector<std::string> reference;     ///< Geant4 showers: files or globs; several are one sample
  std::vector<std::string> models;        ///< ONNX; each makes showers at the reference's energies, of one seed
  std::vector<std::string> samples;       ///< files of showers, each a sample
  std::vector<std::string> training;      ///< what the models were trained on, for the nearest neighbours
  std::vector<std::string> formats;       ///< in which the first model is shown, too (study/formats.hpp)
  std::size_t showers = 0;                ///< the first so many of the reference; 0: all
  std::size_t showers_per_reference = 1;  ///< that a model makes at each energy of the reference, 1 .. 10,000
  bool classifier = true;                 ///< the classifiers on profiles and numbers of cells, and FPD and KPD
  bool neighbours = true;                 ///< nearest neighbours
  TellByCells tell_by_cells;              ///< a classifier on cells; none: left out
  std::uint64_t seed = 1;                 ///< of latents, classifier and splits
  EngineSettings engine;                  ///< of the models
  std::string limits;                     ///< JSON file of limits; "": those that ship
};

/// What came out; validation_json() writes it as docs/validation_json.md says.
struct Validation {
  ValidationSettings settings;               ///< as they were given
  std::vector<std::string> reference_files;  ///< patterns resolved
  std::string reference_hash;                ///< of one file its hash, of several the hash of their hashes
  data::Geometry geometry;                   ///< of all samples
  physics::Limits limits;                    ///< that were judged by
  std::vector<std::string> warnings;         ///< sentences
  std::vector<MeasuredSample> samples;       ///< the first is the reference

  /// Whether every verdict of every sample passed.
  bool all_limits_met() const noexcept;
};

/// Measures everything and judges it by the limits. Memory and time: see measure(). Warns of what it warns of.
/// Errors: bad_input for settings that cannot be, files that cannot be read, other geometries, energies outside a
/// model's range; run_failed for a model that makes NaN; Error(kInterrupted).
Validation validate(const ValidationSettings& settings);

}  // namespace octocal::study
