// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/layer_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>

#include "octocal/base/text_table.hpp"
#include "octocal/model/folded_layers.hpp"

namespace octocal::study {

std::string joined(const std::vector<engine::LayerReport>& layers, std::size_t first, std::size_t count,
                   std::string engine::LayerReport::*text) {
  std::vector<std::string> all;
  for (std::size_t i = first; i < first + count; ++i)
    if (!(layers[i].*text).empty() && std::find(all.begin(), all.end(), layers[i].*text) == all.end())
      all.push_back(layers[i].*text);
  return fmt::format("{}", fmt::join(all, "+"));
}

std::string layer_table(const std::vector<engine::LayerReport>& layers, bool every) {
  TextTable table({{"layer", true}, {"asked", true}, {"ran", true}, {"MMAC"}, {"kernel", true}, {"ops", true}});
  for (const auto& line : fold_layers(layers, every)) {
    std::uint64_t macs = 0;
    for (std::size_t i = line.first; i < line.first + line.count; ++i) macs += layers[i].macs;
    const auto& layer = layers[line.first];
    const auto together = [&](std::string engine::LayerReport::*text) {
      return joined(layers, line.first, line.count, text);
    };
    const auto ops = line.count > 1 ? fmt::format("{} layers", line.count) : layer.ops;
    const auto reason = together(&engine::LayerReport::reason);
    table.add({line.name, together(&engine::LayerReport::asked), together(&engine::LayerReport::ran),
               fmt::format("{:.2f}", static_cast<double>(macs) / 1e6), line.count > 1 ? "" : layer.kernel,
               reason.empty() ? ops : fmt::format("{} ({})", ops, reason)});
  }
  return table.text();
}

std::vector<model::LayerLine> fold_layers(const std::vector<engine::LayerReport>& layers, bool every) {
  std::vector<std::string> names;
  std::vector<std::uint64_t> macs;
  for (const auto& layer : layers) {
    names.push_back(layer.layer);
    macs.push_back(layer.macs);
  }
  return model::fold_layers(names, macs, every);
}

}  // namespace octocal::study
