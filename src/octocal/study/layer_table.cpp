// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/layer_table.hpp"

#include <fmt/format.h>

#include "octocal/base/text_table.hpp"

namespace octocal::study {

std::string layer_table(const std::vector<engine::LayerReport>& layers) {
  TextTable table({{"layer", true}, {"asked", true}, {"ran", true}, {"MMAC"}, {"kernel", true}, {"ops", true}});
  for (const auto& layer : layers)
    table.add({layer.layer, layer.asked, layer.ran, fmt::format("{:.2f}", static_cast<double>(layer.macs) / 1e6),
               layer.kernel, layer.reason.empty() ? layer.ops : fmt::format("{} ({})", layer.ops, layer.reason)});
  return table.text();
}

}  // namespace octocal::study
