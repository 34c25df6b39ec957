// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/tuning_json.hpp"

#include <cmath>
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

/// Of a plan: costs that add up over layers.
double sum_of(const LayerCosts& costs, const model::PrecisionPlan& plan) {
  double sum = costs.fixed;
  for (const auto& [layer, precision] : plan) sum += costs.layers.at(layer).at(precision);
  return sum;
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
    json["size"] = sum_of(tuning.sizes, trial.plan);
    json["memory"] = sum_of(tuning.memories, trial.plan);
    trials.push_back(std::move(json));
  }
  auto costs = nlohmann::json::object();
  for (const auto& [layer, rungs] : tuning.costs.layers)
    for (const auto& [rung, cost] : rungs) costs[layer][model::name_of(rung)] = cost;
  auto layers = nlohmann::json::array();
  for (const auto& layer : tuning.model.layers) {
    const bool integers = model::is_integer(layer.precision) && std::isfinite(layer.weight_sqnr_db);
    layers.push_back({{"name", layer.name},
                      {"precision", model::name_of(layer.precision)},
                      {"macs", layer.macs},
                      {"cost", tuning.costs.layers.at(layer.name).at(layer.precision)},
                      {"weight_sqnr_db", integers ? nlohmann::json(layer.weight_sqnr_db) : nlohmann::json()},
                      {"why", tuning.reasons.at(layer.name)}});
  }
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
                             {"layers", layers},
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
  if (settings.objective == Objective::kMix)
    document["shares"] = {
        {"speed", settings.shares.speed}, {"size", settings.shares.size}, {"memory", settings.shares.memory}};
  if (settings.tolerance) document["tolerance"] = *settings.tolerance;
  if (result.verified) document["fresh_evaluation"] = to_json(result.fresh);
  if (tuning.difference) document["int8_against_float32"] = to_json(*tuning.difference);
  return document;
}

}  // namespace octocal::study
