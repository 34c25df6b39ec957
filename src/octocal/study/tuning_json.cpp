// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/tuning_json.hpp"

#include <nlohmann/json.hpp>

#include "octocal/study/quantized_check_json.hpp"

namespace octocal::study {

nlohmann::json tuning_json(const Tuning& tuning, const TuningSettings& settings) {
  const auto& result = tuning.result;
  auto trials = nlohmann::json::array();
  for (const auto& trial : result.trials)
    trials.push_back({{"what", trial.what},
                      {"keep_float32", trial.keep_float32},
                      {"score", trial.score},
                      {"int8_share_of_macs", trial.int8_share},
                      {"predicted_cost", trial.predicted_cost}});
  nlohmann::json document = {{"keep_float32", result.keep_float32},
                             {"score", result.score},
                             {"within_tolerance", result.within_tolerance},
                             {"sensitivity", result.sensitivity},
                             {"trials", trials},
                             {"model", tuning.source.file},
                             {"source_model", tuning.source.hash},
                             {"tolerance", settings.tolerance},
                             {"reference", settings.reference}};
  if (tuning.difference) document["int8_against_float32"] = to_json(*tuning.difference);
  return document;
}

}  // namespace octocal::study
