// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/tuning_json.hpp"

#include <nlohmann/json.hpp>

#include "octocal/study/quantized_check_json.hpp"
#include "octocal/study/tuning_history.hpp"

namespace octocal::study {
namespace {

std::vector<std::string> in_float32(const model::PrecisionPlan& plan) {
  std::vector<std::string> layers;
  for (const auto& [layer, precision] : plan)
    if (precision == model::Precision::kFloat32) layers.push_back(layer);
  return layers;
}

double score_of(const quant::Evaluation& evaluation) {
  for (const auto& quantity : evaluation.quantities)
    if (quantity.name == "score") return quantity.value;
  return 0;
}

}  // namespace

nlohmann::json tuning_json(const Tuning& tuning, const TuningSettings& settings) {
  const auto& result = tuning.result;
  auto trials = nlohmann::json::array();
  for (const auto& trial : result.trials) {
    auto json = to_json(trial);
    json["keep_float32"] = in_float32(trial.plan);
    json["score"] = score_of(trial.evaluation);
    json["int8_share_of_macs"] = trial.integer_share;
    json["predicted_cost"] = tuning.float32_cost > 0 ? trial.cost / tuning.float32_cost : 0;
    trials.push_back(std::move(json));
  }
  auto costs = nlohmann::json::object();
  for (const auto& [layer, rungs] : tuning.costs.layers)
    for (const auto& [rung, cost] : rungs) costs[layer][model::name_of(rung)] = cost;
  auto criteria = nlohmann::json::array();
  for (const auto& criterion : tuning.criteria)
    criteria.push_back({{"criterion", criterion.text}, {"quantity", criterion.quantity}, {"limit", criterion.limit}});
  nlohmann::json document = {{"plan", plan_json(result.plan)},
                             {"reasons", tuning.reasons},
                             {"keep_float32", in_float32(result.plan)},
                             {"score", score_of(result.evaluation)},
                             {"within_tolerance", result.within},
                             {"verified", result.verified},
                             {"ended", quant::name_of(result.end)},
                             {"interrupted", tuning.interrupted},
                             {"evaluation", to_json(result.evaluation)},
                             {"sensitivity", result.sensitivity},
                             {"trials", trials},
                             {"trials_resumed", tuning.resumed},
                             {"criteria", criteria},
                             {"objective", name_of(settings.objective)},
                             {"strategy", quant::name_of(settings.strategy)},
                             {"costs", {{"layers", costs}, {"fixed", tuning.costs.fixed}, {"file", tuning.costs.file}}},
                             {"seconds", tuning.seconds},
                             {"model", tuning.source.file},
                             {"source_model", tuning.source.hash},
                             {"reference", settings.reference}};
  if (settings.tolerance) document["tolerance"] = *settings.tolerance;
  if (result.verified) document["fresh_evaluation"] = to_json(result.fresh);
  if (tuning.difference) document["int8_against_float32"] = to_json(*tuning.difference);
  return document;
}

}  // namespace octocal::study
