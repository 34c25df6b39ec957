// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/internal/bench_check.hpp"

namespace octocal::report {
namespace {

void check_measured(const JsonField& field) {
  if (!field.is_object()) {
    field.number();
    return;
  }
  field["median"].number();
  for (const auto* key : {"low", "high"})
    if (field.has(key)) field[key].number();
}

/// What newer versions of bench measure besides, as far as it is there.
void check_details(const JsonField& model) {
  if (model.has("over_float32")) check_measured(model["over_float32"]);
  if (model.has("share_of_peak")) model["share_of_peak"].number();
  if (model.has("first_shower")) check_measured(model["first_shower"]["processor_seconds"]);
  if (model.has("streams"))
    for (const auto& point : model["streams"].items()) {
      point["streams"].whole_number();
      check_measured(point["showers_per_second"]);
    }
  if (model.has("operations"))
    for (const auto& operation : model["operations"].items()) {
      operation["kind"].text();
      operation["microseconds"].number();
    }
}

}  // namespace

void check_bench(const JsonField& document) {
  const auto models = document["models"].items();
  if (models.empty()) document["models"].refuse("no models, expected at least one");
  for (const auto& model : models) {
    model["name"].text();
    check_measured(model["showers_per_second"]);
    check_details(model);
  }
  if (document.has("speedup_int8_over_float32")) check_measured(document["speedup_int8_over_float32"]);
}

}  // namespace octocal::report
