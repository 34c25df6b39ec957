// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/internal/number_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace octocal::report {
namespace {

/// Digits behind the point that show two figures of the error.
int decimals(double error) { return std::clamp(1 - static_cast<int>(std::floor(std::log10(error) + 1e-9)), 0, 12); }

bool has_number(const nlohmann::json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_number();
}

}  // namespace

std::string plain_text(const nlohmann::json& value, int figures) {
  if (!value.is_number()) return "-";
  const auto number = value.get<double>();
  if (number == 0) return "0";
  const auto power = static_cast<int>(std::floor(std::log10(std::abs(number)) + 1e-9));
  if (power >= -3 && power < 6) return fmt::format("{:.{}f}", number, std::max(0, figures - 1 - power));
  return fmt::format("{:.{}f}e{}", number / std::pow(10.0, power), figures - 1, power);
}

std::string number_text(const nlohmann::json& number, double scale) {
  if (!has_number(number, "value")) return "-";
  const auto value = number["value"].get<double>() * scale;
  const auto error = has_number(number, "error") ? number["error"].get<double>() * scale : 0.0;
  if (!(error > 0)) return plain_text(value, 4);
  const auto size = std::max(std::abs(value), error);
  if (size >= 1e-3 && size < 1e6)
    return fmt::format("{:.{}f} +- {:.{}f}", value, decimals(error), error, decimals(error));
  const auto power = static_cast<int>(std::floor(std::log10(size)));
  const auto unit = std::pow(10.0, power);
  const int digits = decimals(error / unit);
  return fmt::format("({:.{}f} +- {:.{}f})e{}", value / unit, digits, error / unit, digits, power);
}

}  // namespace octocal::report
