// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "octocal/model/graph.hpp"
#include "octocal/quant/quantizer.hpp"

namespace octocal::quant {

/// Where the calibration showers came from.
struct CalibrationRecord {
  std::size_t showers = 0;  ///< how many
  std::uint64_t seed = 0;   ///< of their latents and energies
  std::string energies;     ///< "100:500" or the file
};

/// Writes into the model's metadata how it came to be:
///
/// | key                    | text                                                                                  |
/// |------------------------|---------------------------------------------------------------------------------------|
/// | octocal.precision_plan | JSON, see model/precision_plan.hpp                                                    |
/// | octocal.calibration    | JSON: showers, seed, energies, all QuantizeOptions, range and its method of each site |
/// | octocal.source_model   | model::graph_hash of the float32 model                                                |
/// | octocal.version        | octocal's version                                                                     |
void write_provenance(const model::Graph& source, const QuantizeOptions& options, const CalibrationRecord& calibration,
                      QuantizedModel& model);

}  // namespace octocal::quant
