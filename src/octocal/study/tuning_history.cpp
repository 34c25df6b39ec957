// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/tuning_history.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"

namespace octocal::study {
namespace {

constexpr const char* kFormat = "octocal tuning history 1";

quant::Evaluation read_evaluation(const nlohmann::json& json) {
  quant::Evaluation evaluation;
  evaluation.showers = json.at("showers").get<std::size_t>();
  for (const auto& entry : json.at("quantities")) {
    quant::Quantity quantity;
    quantity.name = entry.at("name").get<std::string>();
    quantity.value = entry.at("value").get<double>();
    quantity.error = entry.at("error").get<double>();
    const auto& limit = entry.at("limit");
    quantity.limit = limit.is_null() ? std::numeric_limits<double>::infinity() : limit.get<double>();
    quantity.quadratic = entry.at("quadratic").get<bool>();
    evaluation.quantities.push_back(quantity);
  }
  return evaluation;
}

}  // namespace

nlohmann::json plan_json(const model::PrecisionPlan& plan) {
  auto json = nlohmann::json::object();
  for (const auto& [layer, precision] : plan) json[layer] = model::name_of(precision);
  return json;
}

nlohmann::json to_json(const quant::Evaluation& evaluation) {
  auto quantities = nlohmann::json::array();
  for (const auto& q : evaluation.quantities)
    quantities.push_back({{"name", q.name},
                          {"value", q.value},
                          {"error", q.error},
                          {"limit", std::isfinite(q.limit) ? nlohmann::json(q.limit) : nlohmann::json()},
                          {"quadratic", q.quadratic},
                          {"within", q.within()}});
  return {{"showers", evaluation.showers}, {"quantities", quantities}};
}

nlohmann::json to_json(const quant::Trial& trial) {
  auto json = to_json(trial.evaluation);
  json["what"] = trial.what;
  json["plan"] = plan_json(trial.plan);
  json["cost"] = trial.cost;
  json["integer_share_of_macs"] = trial.integer_share;
  json["refuted"] = trial.refuted;
  json["within"] = trial.evaluation.within();
  return json;
}

void write_history(const std::string& file, const std::string& key_json, const std::vector<quant::Trial>& trials) {
  nlohmann::json json = {{"format", kFormat}, {"of", nlohmann::json::parse(key_json)}};
  auto& list = json["trials"] = nlohmann::json::array();
  for (const auto& trial : trials) list.push_back(to_json(trial));
  write_text_file(file, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::vector<quant::Trial> read_history(const std::string& file, const std::string& key_json) {
  const auto json = nlohmann::json::parse(read_text_file(file), nullptr, false);
  if (!json.is_object() || json.value("format", nlohmann::json()) != kFormat || !json.contains("of") ||
      !json.contains("trials"))
    throw bad_input(fmt::format("{}: is no history of a tuning; name another file with `history`", file));
  const auto key = nlohmann::json::parse(key_json);
  if (json.at("of") != key) {
    std::string what = "its settings";
    for (const auto& [name, value] : key.items())
      if (!json.at("of").contains(name) || json.at("of").at(name) != value) {
        what = name;
        break;
      }
    throw bad_input(
        fmt::format("{}: is the history of another tuning ({} differs), so its trials say nothing here; "
                    "remove it or name another file with `history`",
                    file, what));
  }
  std::vector<quant::Trial> trials;
  try {
    for (const auto& entry : json.at("trials")) {
      quant::Trial trial;
      trial.what = entry.at("what").get<std::string>();
      for (const auto& [layer, precision] : entry.at("plan").items())
        trial.plan[layer] = model::parse_precision(precision.get<std::string>());
      trial.evaluation = read_evaluation(entry);
      trial.integer_share = entry.at("integer_share_of_macs").get<double>();
      trial.refuted = entry.at("refuted").get<bool>();
      trials.push_back(std::move(trial));
    }
  } catch (const nlohmann::json::exception& error) {
    throw bad_input(
        fmt::format("{}: is a damaged history of a tuning ({}); remove it or name another", file, error.what()));
  }
  return trials;
}

}  // namespace octocal::study
