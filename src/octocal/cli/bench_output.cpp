// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/bench_output.hpp"

#include <fmt/format.h>

#include "octocal/base/machine.hpp"

namespace octocal::cli {
namespace {

using study::BenchedModel;

std::string layers_table(const BenchedModel& model) {
  std::string table = fmt::format("\n{} ({}), processor time a shower\n", model.file, model.name);
  table += fmt::format("  {:<24} {:<8} {:>9} {:>9}  {}\n", "layer", "ran", "us", "GMAC/s", "kernel");
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const auto& layer = model.layers[i];
    const auto rate = layer.macs == 0 ? std::string("-") : fmt::format("{:.1f}", model.giga_macs_per_second(i));
    table += fmt::format("  {:<24} {:<8} {:>9.1f} {:>9}  {}{}\n", layer.layer, layer.ran, model.layer_seconds[i] * 1e6,
                         rate, layer.kernel, layer.reason.empty() ? "" : " (" + layer.reason + ")");
  }
  return table;
}

}  // namespace

std::string to_table(const study::BenchResult& result, bool layers) {
  std::string table = fmt::format("{}, {}, one core{}\n\n", processor_name(), isa_name(machine_isa()),
                                  result.pinned ? "" : " (the system refused to pin the thread: expect more noise)");
  table += fmt::format("  {:<10} {:>12} {:>18} {:>11} {:>14}  {}\n", "precision", "showers/s", "quartiles", "ms/shower",
                       "per proc. s", "model");
  for (const auto& model : result.models) {
    const auto& speed = model.showers_per_second;
    table += fmt::format("  {:<10} {:>12.1f} {:>18} {:>11.3f} {:>14.1f}  {}\n", model.name, speed.median,
                         fmt::format("{:.1f} - {:.1f}", speed.low, speed.high), 1000 / speed.median,
                         model.showers_per_processor_second.median, model.file);
  }
  if (result.has_speedup)
    table +=
        fmt::format("\n  int8 over float32: {:.2f} (quartiles {:.2f} - {:.2f}; in processor time {:.2f})\n",
                    result.speedup.median, result.speedup.low, result.speedup.high, result.processor_speedup.median);
  if (layers)
    for (const auto& model : result.models) table += layers_table(model);
  return table;
}

}  // namespace octocal::cli
