// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/quantize_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "octocal/cli/energies.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/data/shower_reader.hpp"

namespace octocal::cli {

quant::QuantizeOptions QuantizeSettings::options() const {
  quant::QuantizeOptions options;
  options.activations = activations == "u8" ? quant::ActivationScheme::kU8 : quant::ActivationScheme::kS8;
  options.weights = weights == "per-channel" ? quant::WeightScheme::kPerChannel : quant::WeightScheme::kPerTensor;
  options.bias_correction = bias_correction == "on";
  return options;
}

void add_quantize_options(CLI::App& app, QuantizeSettings& settings) {
  app.add_option("--activations", settings.activations, "u8: unsigned with a zero point; s8: signed, symmetric")
      ->check(CLI::IsMember({"u8", "s8"}));
  app.add_option("--weights", settings.weights, "One scale for each output channel, or one for a layer's weights")
      ->check(CLI::IsMember({"per-channel", "per-tensor"}));
  app.add_option("--bias-correction", settings.bias_correction,
                 "Shift each layer's channels so that their means over the calibration showers are float32's")
      ->check(CLI::IsMember({"on", "off"}));
  app.add_option("--calibration-data", settings.calibration_data,
                 "HDF5 files of showers, or globs: calibrate at energies of theirs instead of energies uniform in the "
                 "model's range")
      ->type_name("FILE");
  app.add_option("--calibration-showers", settings.calibration_showers, "Showers to calibrate with")
      ->check(CLI::Range(1, 1000000));
  add_seed(app, settings.seed);
}

Calibration make_calibration(const QuantizeSettings& settings, const OpenModel& model) {
  std::vector<float> energies;
  std::string source;
  if (settings.calibration_data.empty()) {
    energies = quant::uniform_energies(model.info, settings.calibration_showers, settings.seed);
    source = fmt::format("{}:{}", model.info.energy_min_gev, model.info.energy_max_gev);
  } else {
    const auto files = data::expand_shower_files(settings.calibration_data);
    data::ShowerReader reader(files);
    energies = quant::spread_energies(reader.energies(), settings.calibration_showers);
    const auto [low, high] = std::minmax_element(energies.begin(), energies.end());
    check_energy_range(model.info, model.file, static_cast<double>(*low), static_cast<double>(*high), false);
    source = fmt::format("{}", fmt::join(files, ","));
  }
  Calibration calibration;
  calibration.record = {energies.size(), settings.seed, source};
  calibration.showers = quant::make_inputs(model.info, std::move(energies), settings.seed);
  return calibration;
}

}  // namespace octocal::cli
