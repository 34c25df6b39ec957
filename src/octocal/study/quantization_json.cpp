// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/quantization_json.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "octocal/study/quantized_check_json.hpp"

namespace octocal::study {
namespace {

nlohmann::json to_json(const quant::QuantizedModel& model) {
  auto layers = nlohmann::json::array();
  for (const auto& layer : model.layers) {
    nlohmann::json entry = {{"name", layer.name},
                            {"op", layer.op},
                            {"precision", model::name_of(layer.precision)},
                            {"macs", layer.macs},
                            {"output", layer.output}};
    if (model::is_integer(layer.precision)) {
      entry["weight_sqnr_db"] = layer.weight_sqnr_db;
      entry["largest_correction"] = layer.largest_correction;
      if (layer.learned_error) {
        entry["nearest_error"] = *layer.nearest_error;
        entry["learned_error"] = *layer.learned_error;
      }
    }
    if (layer.largest_gain > 0) entry["largest_gain"] = layer.largest_gain;
    layers.push_back(std::move(entry));
  }
  auto sites = nlohmann::json::array();
  for (const auto& site : model.sites)
    sites.push_back({{"name", site.name},
                     {"values", site.values},
                     {"low", site.range.low},
                     {"high", site.range.high},
                     {"seen", {site.seen.low, site.seen.high}},
                     {"method", quant::name_of(site.method)},
                     {"scale", site.grid.scale},
                     {"zero_point", site.grid.zero_point},
                     {"type", model::name_of(site.grid.type)}});
  return {{"layers", layers}, {"activations", sites}};
}

}  // namespace

nlohmann::json quantization_json(const Quantization& result, const std::string& output) {
  auto document = to_json(result.model);
  document["model"] = result.source.file;
  document["output"] = output;
  document["source_model"] = result.source.hash;
  document["bytes"] = {{"float32", result.source_bytes}, {"int8", result.bytes}};
  document["calibration"] = nlohmann::json::parse(result.model.graph.metadata.at("octocal.calibration"));
  if (result.difference) document["int8_against_float32"] = to_json(*result.difference);
  if (result.nearest_difference) document["nearest_against_float32"] = to_json(*result.nearest_difference);
  return document;
}

}  // namespace octocal::study
