// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "octocal/study/measurement.hpp"

namespace octocal::study {

/// Two samples or models to be set against each other.
struct ComparisonSettings {
  std::array<std::string, 2> files;   ///< each a file of showers (HDF5) or a generator (ONNX)
  std::string energy;                 ///< of two models, see Energies; "": the range that both were made for
  std::size_t showers = 0;            ///< 0: all of a file, 1,000 of two models
  std::optional<std::uint64_t> seed;  ///< none: the file's of a model against a file, else 1
  EngineSettings engine;              ///< of the models
  bool same_latents = false;          ///< A and B were made from the same latents although they do not say so
};

/// How they differ; comparison_json() writes it.
struct ComparisonResult {
  bool identical = false;               ///< the same bytes, the same network or the same showers
  std::string statement;                ///< a sentence: are they the same, and in what sense
  std::vector<MeasuredSample> samples;  ///< A, and B against A; B has table 5 where showers are pairs
  std::string why_no_pairs;             ///< a sentence where they are not
};

/// A model against a file makes showers at the file's energies. Memory: see measure(). Errors: bad_input for what
/// cannot be read, settings that cannot be, energies outside a model's range; run_failed for a model that makes NaN;
/// Error(kInterrupted).
ComparisonResult compare(const ComparisonSettings& settings);

}  // namespace octocal::study
