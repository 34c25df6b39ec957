// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/cli/verb.hpp"
#include "octocal/study/quantization.hpp"

namespace octocal::cli {

/// What `quantize` and `tune` ask about the quantization itself.
struct QuantizeOptions {
  std::string preset = "octocal";
  std::string activations = "u8";
  std::string weights = "per-channel";
  std::string bias_correction = "on";
  std::string ranges = quant::name_of(quant::QuantizeOptions{}.ranges);
  double percentile = quant::QuantizeOptions{}.percentile;
  std::string equalization = "on";
  std::string last_layer = model::name_of(quant::QuantizeOptions{}.last_layer);
  std::vector<std::string> calibration_data;  ///< files whose energies are taken; none: the model's range
  std::size_t calibration_showers = 256;
  std::uint64_t seed = 1;

  study::CalibrationSettings settings() const;
};

/// --preset, --activations, --weights, --bias-correction, --ranges, --percentile, --equalization, --last-layer,
/// --calibration-data, --calibration-showers, --seed.
void add_quantize_options(App& app, QuantizeOptions& options,
                          const std::vector<std::string>& presets = {"octocal", "ilot"});

/// --max-shift: how much of the energy int8 may move before nothing is written.
void add_max_shift(App& app, double& max_shift);

}  // namespace octocal::cli
