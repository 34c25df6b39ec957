// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/bench_output.hpp"

#include <fmt/format.h>

#include "octocal/base/machine.hpp"
#include "octocal/base/text_table.hpp"

namespace octocal::cli {
namespace {

using study::BenchedModel;

std::string layers_text(const BenchedModel& model) {
  TextTable table({{"layer", true}, {"ran", true}, {"us"}, {"GMAC/s"}, {"kernel", true}}, "  ");
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const auto& layer = model.layers[i];
    table.add({layer.layer, layer.ran, fmt::format("{:.1f}", model.layer_seconds[i] * 1e6),
               layer.macs == 0 ? "-" : fmt::format("{:.1f}", model.giga_macs_per_second(i)),
               layer.reason.empty() ? layer.kernel : fmt::format("{} ({})", layer.kernel, layer.reason)});
  }
  return fmt::format("\n{} ({}), processor time a shower\n", model.file, model.name) + table.text();
}

}  // namespace

std::string to_table(const study::BenchResult& result, bool layers) {
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
    for (const auto& model : result.models) text += layers_text(model);
  return text;
}

}  // namespace octocal::cli
