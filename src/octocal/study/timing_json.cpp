// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/timing_json.hpp"

#include <nlohmann/json.hpp>

#include "octocal/base/machine.hpp"
#include "octocal/study/layers_json.hpp"

namespace octocal::study {
namespace {

nlohmann::json to_json(const Spread& spread) {
  return {{"median", spread.median}, {"low", spread.low}, {"high", spread.high},
          {"min", spread.min},       {"max", spread.max}, {"values", spread.values}};
}

nlohmann::json timed_layers_json(const BenchedModel& model) {
  auto layers = layers_json(model.layers);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    layers[i]["microseconds"] = model.layer_seconds[i] * 1e6;
    layers[i]["giga_macs_per_second"] = model.giga_macs_per_second(i);
  }
  return layers;
}

}  // namespace

nlohmann::json to_json(const BenchResult& result, const BenchSettings& settings, const std::string& settings_text) {
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
                      {"layers", timed_layers_json(model)}});
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
                             {"settings", settings_text}};
  if (result.has_speedup) {
    document["speedup_int8_over_float32"] = result.speedup.median;
    document["speedup"] = to_json(result.speedup);
    document["speedup_in_processor_time"] = to_json(result.processor_speedup);
  }
  return document;
}

}  // namespace octocal::study
