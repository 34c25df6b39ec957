// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/quantize_options.hpp"

#include "octocal/cli/verb_options.hpp"

namespace octocal::cli {
namespace {

void take_preset(QuantizeOptions& options) {
  const auto preset = study::preset_options(options.preset);
  options.activations = quant::name_of(preset.activations);
  options.weights = quant::name_of(preset.weights);
  options.bias_correction = preset.bias_correction ? "on" : "off";
  options.ranges = quant::name_of(preset.ranges);
  options.percentile = preset.percentile;
  options.equalization = preset.equalization ? "on" : "off";
  options.last_layer = model::name_of(preset.last_layer);
}

}  // namespace

study::CalibrationSettings QuantizeOptions::settings() const {
  study::CalibrationSettings settings;
  settings.options = study::quantize_options(activations, weights, bias_correction == "on");
  settings.options.transposed = study::preset_options(preset).transposed;
  settings.options.ranges = study::range_method(ranges);
  settings.options.percentile = percentile;
  settings.options.last_layer = model::parse_precision(last_layer);
  settings.options.equalization = equalization == "on";
  settings.data = calibration_data;
  settings.showers = calibration_showers;
  settings.seed = seed;
  return settings;
}

void add_quantize_options(App& app, QuantizeOptions& options, const std::vector<std::string>& presets) {
  // Defined first, so that it is taken before the options that it stands for.
  app.add_option_function<std::string>(
         "--preset",
         [&options](const std::string& name) {
           options.preset = name;
           take_preset(options);
         },
         "Options under one name, which other options change: octocal (the defaults); ilot (one scale a tensor, "
         "min-max "
         "ranges, no corrections, transposed convolutions in float32); tflite-float16 (weights alone, stored in "
         "float16); tflite-int8 (every op with its own output in int8, min-max ranges, int32 biases, no corrections)")
      ->check(CLI::IsMember(presets));
  app.add_option("--activations", options.activations, "u8: unsigned with a zero point; s8: signed, symmetric")
      ->check(CLI::IsMember({"u8", "s8"}));
  app.add_option("--weights", options.weights, "One scale for each output channel, or one for a layer's weights")
      ->check(CLI::IsMember({"per-channel", "per-tensor"}));
  app.add_option("--bias-correction", options.bias_correction,
                 "Shift each layer's channels so that their means over the calibration showers are float32's")
      ->check(CLI::IsMember({"on", "off"}));
  app.add_option(
         "--ranges", options.ranges,
         "How the ranges of 8-bit activations follow from calibration: smallest to largest value, the mean of "
         "those of batches, a percentile, entropy (KL), the least squared error, or the least difference of cells")
      ->check(CLI::IsMember(study::range_method_names()));
  app.add_option("--percentile", options.percentile, "Of the values that --ranges percentile holds")
      ->type_name("PERCENT")
      ->check(from_to(50.0, 100.0));
  app.add_option("--equalization", options.equalization,
                 "Scale channels between layers in int8, so that small ones get finer steps")
      ->check(CLI::IsMember({"on", "off"}));
  app.add_option("--last-layer", options.last_layer,
                 "Precision of the last layer, or of each that no other follows, where all are in int8: int8, or "
                 "int16x8, int16x12 (inputs in 16 bits, weights in 8 or 12)")
      ->check(CLI::IsMember({"int8", "int16x8", "int16x12"}));
  app.add_inputs("--calibration-data", options.calibration_data,
                 "HDF5 files of showers, or globs: calibrate at energies of theirs instead of energies uniform in the "
                 "model's range");
  app.add_option("--calibration-showers", options.calibration_showers, "Showers to calibrate with")
      ->type_name("N")
      ->check(from_to(1, 1000000));
  add_seed(app, options.seed);
}

void add_max_shift(App& app, double& max_shift) {
  app.add_option("--max-shift", max_shift,
                 "Write nothing if int8 moves more than this share of the energy on the checked showers: |ECAL shift|, "
                 "or the root of the projections' relative MSE")
      ->type_name("SHARE")
      ->check(from_to(0.0, 1e6));
}

}  // namespace octocal::cli
