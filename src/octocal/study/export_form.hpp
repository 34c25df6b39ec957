// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "octocal/quant/integer_form.hpp"
#include "octocal/study/open_model.hpp"
#include "octocal/study/paired_showers.hpp"

namespace octocal::study {

/// What is to be exported, and how.
struct ExportSettings {
  std::string model;                      ///< of quantize, tune or fine-tuning
  std::size_t calibration_showers = 256;  ///< that give the ranges of the sums
  std::uint64_t seed = 1;                 ///< of their latents and energies
  std::size_t check_showers = 200;        ///< fresh showers on which the two models are compared; 0: none
  EngineSettings engine;                  ///< of the check
};

/// The model in the form that other runtimes compute in integers (quant/integer_form.hpp); export_json() tells of it.
struct Export {
  OpenModel source;                                   ///< the quantized model
  quant::IntegerForm form;                            ///< with provenance in its metadata: octocal.exported_from
  std::optional<PairedShowers::Comparison> compared;  ///< with the quantized model, if it was checked
};

/// Rewrites and compares; model::write_onnx(result.form.graph, file) writes it. Same settings, same bytes. Errors:
/// bad_input for a model that cannot be read or has no layer in int8; Error(kInterrupted).
Export export_form(const ExportSettings& settings);

/// JSON of what was done: layers by their way, and what changed.
std::string export_json(const Export& result, const std::string& file);

}  // namespace octocal::study
