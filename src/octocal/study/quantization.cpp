// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/quantization.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "octocal/data/shower_reader.hpp"
#include "octocal/study/energies.hpp"

namespace octocal::study {

Calibration make_calibration(const QuantizationSettings& settings, const OpenModel& model) {
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

}  // namespace octocal::study
