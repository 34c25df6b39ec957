// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "octocal/base/machine.hpp"
#include "octocal/cli/bench_run.hpp"

namespace octocal::cli {
namespace {

nlohmann::json to_json(const Spread& spread) {
  return {{"median", spread.median}, {"low", spread.low}, {"high", spread.high},
          {"min", spread.min},       {"max", spread.max}, {"values", spread.values}};
}

double giga_macs_per_second(const BenchedModel& model, std::size_t layer) {
  const double seconds = model.layer_seconds[layer];
  return seconds > 0 ? static_cast<double>(model.layers[layer].macs) / seconds / 1e9 : 0;
}

nlohmann::json layers_json(const BenchedModel& model) {
  auto layers = nlohmann::json::array();
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const auto& layer = model.layers[i];
    layers.push_back({{"layer", layer.layer},
                      {"ops", layer.ops},
                      {"asked", layer.asked},
                      {"ran", layer.ran},
                      {"kernel", layer.kernel},
                      {"reason", layer.reason},
                      {"macs", layer.macs},
                      {"microseconds", model.layer_seconds[i] * 1e6},
                      {"giga_macs_per_second", giga_macs_per_second(model, i)}});
  }
  return layers;
}

std::string layers_table(const BenchedModel& model) {
  std::string table = fmt::format("\n{} ({}), processor time a shower\n", model.file, model.name);
  table += fmt::format("  {:<24} {:<8} {:>9} {:>9}  {}\n", "layer", "ran", "us", "GMAC/s", "kernel");
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const auto& layer = model.layers[i];
    const auto rate = layer.macs == 0 ? std::string("-") : fmt::format("{:.1f}", giga_macs_per_second(model, i));
    table += fmt::format("  {:<24} {:<8} {:>9.1f} {:>9}  {}{}\n", layer.layer, layer.ran, model.layer_seconds[i] * 1e6,
                         rate, layer.kernel, layer.reason.empty() ? "" : " (" + layer.reason + ")");
  }
  return table;
}

}  // namespace

nlohmann::json to_json(const BenchResult& result, const BenchSettings& settings, const std::string& settings_toml) {
  auto models = nlohmann::json::array();
  for (const auto& model : result.models)
    models.push_back({{"name", model.name},
                      {"file", model.file},
                      {"hash", model.hash},
                      {"file_bytes", model.file_bytes},
                      {"weight_bytes", model.weight_bytes},
                      {"stream_bytes", model.stream_bytes},
                      {"showers_per_second", to_json(model.showers_per_second)},
                      {"showers_per_processor_second", to_json(model.showers_per_processor_second)},
                      {"layers", layers_json(model)}});
  nlohmann::json document = {{"models", models},
                             {"machine",
                              {{"processor", processor_name()},
                               {"isa", isa_name(machine_isa())},
                               {"cores", usable_cores()},
                               {"pinned", result.pinned}}},
                             {"threads", 1},
                             {"repeats", settings.repeats},
                             {"showers", settings.showers},
                             {"batch", settings.batch},
                             {"seed", settings.seed},
                             {"version", version()},
                             {"settings", settings_toml}};
  if (result.has_speedup) {
    document["speedup_int8_over_float32"] = result.speedup.median;
    document["speedup"] = to_json(result.speedup);
    document["speedup_in_processor_time"] = to_json(result.processor_speedup);
  }
  return document;
}

std::string to_table(const BenchResult& result, bool layers) {
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
