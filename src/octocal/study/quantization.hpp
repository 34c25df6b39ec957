// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/quant/provenance.hpp"
#include "octocal/quant/quantizer.hpp"
#include "octocal/study/open_model.hpp"

namespace octocal::study {

/// How a model is quantized, and on which showers it is calibrated.
struct QuantizationSettings {
  quant::QuantizeOptions options;
  std::vector<std::string> calibration_data;  ///< files or globs whose energies are taken; none: the model's range
  std::size_t calibration_showers = 256;
  std::uint64_t seed = 1;
};

struct Calibration {
  quant::ShowerInputs showers;
  quant::CalibrationRecord record;
};

/// Energies and latents to calibrate with. Errors: bad_input for files that cannot be read or whose energies the model
/// was not made for.
Calibration make_calibration(const QuantizationSettings& settings, const OpenModel& model);

}  // namespace octocal::study
