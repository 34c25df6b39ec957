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

}  // namespace

void check_bench(const JsonField& document) {
  const auto models = document["models"].items();
  if (models.empty()) document["models"].refuse("no models, expected at least one");
  for (const auto& model : models) {
    model["name"].text();
    check_measured(model["showers_per_second"]);
  }
  if (document.has("speedup_int8_over_float32")) check_measured(document["speedup_int8_over_float32"]);
}

}  // namespace octocal::report
