// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/comparison_json.hpp"

#include <nlohmann/json.hpp>

#include "octocal/base/machine.hpp"
#include "octocal/study/validation_json.hpp"

namespace octocal::study {
namespace {

nlohmann::json side_json(const MeasuredSample& sample) {
  nlohmann::json object{
      {"name", sample.identity.name},        {"kind", sample.identity.kind}, {"file", sample.identity.file},
      {"showers", sample.result.showers},    {"model_hash", nullptr},        {"latents", sample.identity.latents},
      {"table3", table3_json(sample.result)}};
  if (sample.identity.model_hash) object["model_hash"] = *sample.identity.model_hash;
  return object;
}

}  // namespace

nlohmann::json comparison_json(const ComparisonResult& result, const std::string& settings_text) {
  const auto &a = result.samples[0], &b = result.samples[1];
  nlohmann::json document{{"format", "octocal-comparison-1"},
                          {"octocal_version", version()},
                          {"settings", settings_text},
                          {"identical", result.identical},
                          {"statement", result.statement},
                          {"a", side_json(a)},
                          {"b", side_json(b)},
                          {"table4", table4_json(*b.result.table4)},
                          {"table5", nullptr},
                          {"comparisons", comparisons_json(b.result.comparisons)}};
  if (b.table5) document["table5"] = table5_json(*b.table5, a.identity.name);
  return document;
}

}  // namespace octocal::study
