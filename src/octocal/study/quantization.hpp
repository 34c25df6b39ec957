// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "octocal/quant/provenance.hpp"
#include "octocal/quant/quantizer.hpp"
#include "octocal/study/open_model.hpp"
#include "octocal/study/quantized_check.hpp"

namespace octocal::study {

/// Schemes by name: activations "u8" or "s8", weights "per-channel" or "per-tensor". Error: bad_input for others.
quant::QuantizeOptions quantize_options(const std::string& activations, const std::string& weights,
                                        bool bias_correction);

/// Options under one name, for comparisons: "octocal" (the defaults, also those of "tflite-float16", which has no
/// activations to quantize); "ilot" (what the paper's tool did: one scale for each tensor, min-max ranges, no
/// corrections, transposed convolutions in float32); "tflite-int8" (what TensorFlow Lite does, as far as options go:
/// min-max ranges, nothing corrected). Error: bad_input for others.
quant::QuantizeOptions preset_options(const std::string& name);

/// Rounding of weights by name: "nearest" or "learned". Error: bad_input for others.
quant::Rounding rounding_named(const std::string& name);
/// Names of the presets, for help and messages; tune has the first two.
std::vector<std::string> preset_names();

/// What is rounded where.
enum class RewriteForm {
  kLayers,          ///< a pair behind each layer, as QuantizeOptions say (quant/rewrite.hpp)
  kFloat16Weights,  ///< the preset tflite-float16: weights stored in float16, all computed in float32
  kEveryOp,         ///< the preset tflite-int8: every op has an output of its own in 8 bits (quant/op_by_op.hpp)
};
/// Of a preset; kLayers for "". Error: bad_input for a name that is none.
RewriteForm form_of(const std::string& preset);

/// Names of the ways to choose ranges, for help and messages: "min-max", "moving-average", ...
std::vector<std::string> range_method_names();
/// The way of that name. Error: bad_input for another.
quant::RangeMethod range_method(const std::string& name);

/// How a model is quantized, and on which showers it is calibrated.
struct CalibrationSettings {
  quant::QuantizeOptions options;  ///< schemes
  std::vector<std::string> data;   ///< files or globs whose energies are taken; none: the model's range
  std::size_t showers = 256;       ///< to calibrate with
  std::uint64_t seed = 1;          ///< of their latents and energies
};

/// Showers to calibrate with.
struct Calibration {
  quant::ShowerInputs showers;      ///< the generator's inputs
  quant::CalibrationRecord record;  ///< where they come from
};

/// Energies and latents to calibrate with. Errors: bad_input for files that cannot be read or whose energies the model
/// was not made for.
Calibration make_calibration(const CalibrationSettings& settings, const OpenModel& model);

/// What to quantize, and how.
struct QuantizationSettings {
  std::string model;                ///< float32 generator, ONNX
  CalibrationSettings calibration;  ///< schemes and showers
  /// Of all layers but those that stay in float32. Without it the first of int8, int16x8, int16x12, bfloat16 and
  /// float16 that meets default_criteria() (tuning_criteria.hpp) on the checked showers, else float16 (bfloat16 where
  /// float16 cannot hold a value).
  std::optional<model::Precision> precision;
  /// Other than kLayers: `precision` is not looked at, and there is no plan.
  RewriteForm form = RewriteForm::kLayers;
  /// Of each layer by name; those that it does not name stay in float32. Not with precision or keep_float32.
  std::optional<model::PrecisionPlan> plan;
  std::vector<std::string> keep_float32;  ///< layers that stay in float32; * and ? stand for characters
  std::size_t check_showers = 200;        ///< fresh showers on which int8 is set against float32; 0: none
  bool warn_unchecked = true;             ///< with check_showers 0: say that nothing was checked
  double max_shift = kMostShift;          ///< what int8 may move of the energy there (Int8Difference::shift)
  EngineSettings engine;                  ///< of the check
};

/// A quantized model that is not written yet; quantization_json() tells of it.
struct Quantization {
  OpenModel source;             ///< the float32 model
  quant::QuantizedModel model;  ///< with provenance in its metadata
  std::string precisions;       ///< of the layers, in words: "int8", "mixed (int8, float32)", "float16 weights"
  quant::CalibrationRecord calibration;      ///< what it was calibrated with
  std::optional<Int8Difference> difference;  ///< from float32, if it was checked
  /// The same with weights rounded to nearest, where rounding was learned.
  std::optional<Int8Difference> nearest_difference;
  std::size_t source_bytes = 0, bytes = 0;  ///< of the ONNX files
};

/// The precision of this name, nothing for "auto". Error: bad_input for others than "auto", "int8", "int16x8",
/// "int16x12", "bfloat16", "float16".
std::optional<model::Precision> quantize_precision(const std::string& name);

/// Quantizes and checks; model::write_onnx(result.model.graph, file) writes it. Same settings, same bytes. Warns of a
/// model that is not checked, or moves much of the energy. Errors: bad_input for a model that cannot be read or is
/// quantized already, a pattern that fits no layer, numbers that float16 cannot hold, settings that cannot be; run_failed
/// for one that moves more than max_shift; Error(kInterrupted).
Quantization quantize(const QuantizationSettings& settings);

/// What quantize() ends with in every form: takes the sizes of both models, sets the new one against float32's showers
/// unless that was done, and judges how far it is. Errors: as quantize().
void finish_quantization(const QuantizationSettings& settings, Quantization& result);

/// The model in one precision with the named layers in float32, its metadata telling how it came to be. For quantize()
/// and tune().
quant::QuantizedModel build_quantized(const quant::Quantizer& quantizer, model::Precision precision,
                                      const std::set<std::string>& keep_float32, const OpenModel& source,
                                      const quant::QuantizeOptions& options,
                                      const quant::CalibrationRecord& calibration);
/// The same for any plan.
quant::QuantizedModel build_quantized(const quant::Quantizer& quantizer, const model::PrecisionPlan& plan,
                                      const OpenModel& source, const quant::QuantizeOptions& options,
                                      const quant::CalibrationRecord& calibration);

}  // namespace octocal::study
