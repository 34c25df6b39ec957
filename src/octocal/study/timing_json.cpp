// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/timing_json.hpp"

#include <nlohmann/json.hpp>

#include "octocal/base/machine.hpp"
#include "octocal/study/first_shower.hpp"
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

nlohmann::json to_json(const std::vector<BenchedPoint>& points, const char* number) {
  auto rows = nlohmann::json::array();
  for (const auto& point : points)
    rows.push_back({{number, point.number},
                    {"showers_per_second", to_json(point.showers_per_second)},
                    {"showers_per_processor_second", to_json(point.showers_per_processor_second)}});
  return rows;
}

nlohmann::json to_json(const std::vector<OperationTime>& operations) {
  auto rows = nlohmann::json::array();
  for (const auto& one : operations)
    rows.push_back({{"kind", one.kind},
                    {"layers", one.layers},
                    {"microseconds", one.seconds * 1e6},
                    {"share", one.share},
                    {"macs", one.macs}});
  return rows;
}

nlohmann::json to_json(const BenchedFirstShower& first) {
  nlohmann::json document = {{"seconds", to_json(first.wall)}, {"processor_seconds", to_json(first.processor)}};
  for (std::size_t part = 0; part < first.parts.size(); ++part)
    document["parts"].push_back({{"part", kFirstShowerParts[part]}, {"processor_seconds", to_json(first.parts[part])}});
  return document;
}

nlohmann::json to_json(const BenchedModel& model) {
  nlohmann::json document = {{"name", model.name},
                             {"file", model.file},
                             {"format", model.format},
                             {"hash", model.hash},
                             {"file_bytes", model.file_bytes},
                             {"weight_bytes", model.weight_bytes},
                             {"stream_bytes", model.stream_bytes},
                             {"macs", model.macs},
                             {"showers_per_second", to_json(model.showers_per_second)},
                             {"showers_per_processor_second", to_json(model.showers_per_processor_second)},
                             {"batches", to_json(model.batches, "batch")},
                             {"streams", to_json(model.streams, "streams")},
                             {"operations", to_json(model.operations())},
                             {"layers", timed_layers_json(model)}};
  if (model.over_float32) document["over_float32"] = to_json(*model.over_float32);
  if (model.share_of_peak) document["share_of_peak"] = *model.share_of_peak;
  if (model.first_shower) document["first_shower"] = to_json(*model.first_shower);
  return document;
}

}  // namespace

nlohmann::json to_json(const BenchResult& result, const BenchSettings& settings, const std::string& settings_text) {
  auto models = nlohmann::json::array();
  for (const auto& model : result.models) models.push_back(to_json(model));
  auto peaks = nlohmann::json::array();
  for (const auto& peak : result.peaks)
    peaks.push_back({{"instruction", peak.instruction},
                     {"precision", peak.precision},
                     {"isa", peak.isa},
                     {"giga_macs_per_second", to_json(peak.giga_macs_per_second)}});
  nlohmann::json document = {{"models", models},
                             {"machine",
                              {{"processor", processor_name()},
                               {"isa", isa_name(machine_isa())},
                               {"cores", usable_cores()},
                               {"pinned", result.pinned}}},
                             {"peaks", peaks},
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
