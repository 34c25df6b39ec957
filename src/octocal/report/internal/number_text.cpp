// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/internal/number_text.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "octocal/base/number_text.hpp"

namespace octocal::report {
namespace {

/// NaN for whatever is no number.
double number_at(const nlohmann::json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_number())
    return std::numeric_limits<double>::quiet_NaN();
  return object[key].get<double>();
}

}  // namespace

std::string plain_text(const nlohmann::json& value, int figures) {
  return value.is_number() ? octocal::plain_text(value.get<double>(), figures) : "-";
}

std::string number_text(const nlohmann::json& number, double scale) {
  return octocal::number_text(scale * number_at(number, "value"), scale * number_at(number, "error"));
}

}  // namespace octocal::report
