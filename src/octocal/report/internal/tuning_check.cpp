// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/internal/tuning_check.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace octocal::report {
namespace {

constexpr std::array<std::string_view, 4> kObjectives = {"speed", "size", "memory", "mix"};

void check_trial(const JsonField& trial) {
  trial["what"].text();
  trial["within"].truth();
  trial["refuted"].truth();
  trial["showers"].whole_number();
  for (const auto* key : {"cost", "size", "memory"}) trial[key].number();
  for (const auto& precision : trial["plan"].members()) precision.text();
  bool judged = false;
  for (const auto& quantity : trial["quantities"].items()) {
    quantity["name"].text();
    for (const auto* key : {"value", "error"})
      if (quantity.has(key)) quantity[key].number();
    if (!quantity.has("limit")) continue;
    quantity["limit"].number();
    judged = true;
  }
  if (!judged) trial["quantities"].refuse("no number has a limit, expected at least one");
}

}  // namespace

void check_tuning(const JsonField& document) {
  const auto objective = document["objective"].text();
  if (std::find(kObjectives.begin(), kObjectives.end(), objective) == kObjectives.end())
    document["objective"].refuse("none of speed, size, memory and mix");
  for (const auto& precision : document["plan"].members()) precision.text();
  const auto trials = document["trials"].items();
  if (trials.empty()) document["trials"].refuse("no trials, expected at least one");
  for (const auto& trial : trials) check_trial(trial);
  for (const auto& layer : document["layers"].items()) {
    for (const auto* key : {"name", "precision", "why"}) layer[key].text();
    layer["cost"].number();
    if (layer.has("weight_sqnr_db")) layer["weight_sqnr_db"].number();
  }
  for (const auto& value : document["sensitivity"].members())
    if (!value.is_null()) value.number();
}

}  // namespace octocal::report
