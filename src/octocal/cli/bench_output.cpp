// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/bench_output.hpp"

#include <fmt/format.h>

#include "octocal/base/machine.hpp"
#include "octocal/base/text_table.hpp"
#include "octocal/study/layer_table.hpp"

namespace octocal::cli {
namespace {

using study::BenchedModel;

std::string layers_text(const BenchedModel& model, bool every) {
  TextTable table({{"layer", true}, {"ran", true}, {"us"}, {"GMAC/s"}, {"kernel", true}}, "  ");
  for (const auto& line : study::fold_layers(model.layers, every)) {
    double seconds = 0, macs = 0;
    for (std::size_t i = line.first; i < line.first + line.count; ++i) {
      seconds += model.layer_seconds[i];
      macs += static_cast<double>(model.layers[i].macs);
    }
    const auto together = [&](std::string engine::LayerReport::*text) {
      return study::joined(model.layers, line.first, line.count, text);
    };
    const auto kernel =
        line.count > 1 ? fmt::format("({} layers)", line.count) : together(&engine::LayerReport::kernel);
    const auto reason = together(&engine::LayerReport::reason);
    table.add({line.name, together(&engine::LayerReport::ran), fmt::format("{:.1f}", seconds * 1e6),
               macs > 0 && seconds > 0 ? fmt::format("{:.1f}", macs / seconds / 1e9) : "-",
               reason.empty() ? kernel : fmt::format("{} ({})", kernel, reason)});
  }
  return fmt::format("\n{} ({}), processor time a shower\n", model.file, model.name) + table.text();
}

}  // namespace

std::string to_table(const study::BenchResult& result, bool layers, bool every) {
  TextTable table({{"precision", true}, {"showers/s"}, {"quartiles"}, {"ms/shower"}, {"per proc. s"}, {"model", true}},
                  "  ");
  for (const auto& model : result.models) {
    const auto& speed = model.showers_per_second;
    table.add({model.name, fmt::format("{:.1f}", speed.median), fmt::format("{:.1f} - {:.1f}", speed.low, speed.high),
               fmt::format("{:.3f}", 1000 / speed.median),
               fmt::format("{:.1f}", model.showers_per_processor_second.median), model.file});
  }
  std::string text = fmt::format("{}, {}, one core{}\n\n", processor_name(), isa_name(machine_isa()),
                                 result.pinned ? "" : " (the system refused to pin the thread: expect more noise)");
  text += table.text();
  if (result.has_speedup)
    text +=
        fmt::format("\n  int8 over float32: {:.2f} (quartiles {:.2f} - {:.2f}; in processor time {:.2f})\n",
                    result.speedup.median, result.speedup.low, result.speedup.high, result.processor_speedup.median);
  if (layers)
    for (const auto& model : result.models) text += layers_text(model, every);
  return text;
}

}  // namespace octocal::cli
