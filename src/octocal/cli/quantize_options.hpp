// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/cli/model_options.hpp"
#include "octocal/quant/provenance.hpp"
#include "octocal/quant/quantizer.hpp"

namespace octocal::cli {

/// What `quantize` and `tune` ask about the quantization itself.
struct QuantizeSettings {
  std::string activations = "u8";
  std::string weights = "per-channel";
  std::string bias_correction = "on";
  std::vector<std::string> calibration_data;  ///< files whose energies are taken; none: the model's range
  std::size_t calibration_showers = 256;
  std::uint64_t seed = 1;

  quant::QuantizeOptions options() const;
};

/// --activations, --weights, --bias-correction, --calibration-data, --calibration-showers, --seed.
void add_quantize_options(CLI::App& app, QuantizeSettings& settings);

struct Calibration {
  quant::ShowerInputs showers;
  quant::CalibrationRecord record;
};

/// Energies and latents to calibrate with. Errors: bad_input for files that cannot be read or whose energies the model
/// was not made for.
Calibration make_calibration(const QuantizeSettings& settings, const OpenModel& model);

}  // namespace octocal::cli
