// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/generate_json.hpp"

#include <nlohmann/json.hpp>

#include "octocal/study/layers_json.hpp"

namespace octocal::study {

nlohmann::json generate_json(const GenerateResult& result, const GenerateSettings& settings) {
  return {{"output", settings.output},
          {"model", settings.model},
          {"model_hash", result.model_hash},
          {"precision", result.precision},
          {"seed", result.seed},
          {"first_shower", result.first_shower},
          {"showers", result.showers},
          {"energy_min_gev", result.energy_min_gev},
          {"energy_max_gev", result.energy_max_gev},
          {"streams", result.streams},
          {"seconds", result.seconds},
          {"showers_per_second", result.showers_per_second()},
          {"showers_hash", result.showers_hash},
          {"layers", layers_json(result.layers)}};
}

}  // namespace octocal::study
