// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/layers_json.hpp"

#include <fmt/format.h>

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

std::string layers_table(const std::vector<engine::LayerReport>& layers) {
  std::string table =
      fmt::format("{:<28}{:<9}{:<9}{:>9}  {:<42}{}\n", "layer", "asked", "ran", "MMAC", "kernel", "ops");
  for (const auto& layer : layers)
    table += fmt::format("{:<28}{:<9}{:<9}{:>9.2f}  {:<42}{}{}\n", layer.layer, layer.asked, layer.ran,
                         static_cast<double>(layer.macs) / 1e6, layer.kernel, layer.ops,
                         layer.reason.empty() ? "" : " (" + layer.reason + ")");
  return table;
}

}  // namespace octocal::study
