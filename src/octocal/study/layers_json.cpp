// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/layers_json.hpp"

#include <nlohmann/json.hpp>

namespace octocal::study {

nlohmann::json layers_json(const std::vector<engine::LayerReport>& layers) {
  auto rows = nlohmann::json::array();
  for (const auto& layer : layers)
    rows.push_back({{"layer", layer.layer},
                    {"ops", layer.ops},
                    {"asked", layer.asked},
                    {"ran", layer.ran},
                    {"kernel", layer.kernel},
                    {"reason", layer.reason},
                    {"macs", layer.macs}});
  return rows;
}

}  // namespace octocal::study
