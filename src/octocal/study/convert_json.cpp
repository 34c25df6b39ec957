// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/convert_json.hpp"

#include <nlohmann/json.hpp>

namespace octocal::study {

nlohmann::json conversion_json(const ConversionResult& result, const ConversionSettings& settings) {
  const auto& binning = result.binning;
  return {{"output", settings.output},
          {"inputs", settings.inputs},
          {"to", result.to_voxels ? "calochallenge" : "octocal"},
          {"showers", result.showers},
          {"layers", binning.layers},
          {"angles", binning.angles},
          {"radii", binning.radii},
          {"particle", binning.particle},
          {"dropped_voxels", result.dropped},
          {"exact", result.dropped == 0 && result.has_rests}};
}

}  // namespace octocal::study
