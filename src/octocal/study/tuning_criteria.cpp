// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/tuning_criteria.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "octocal/base/error.hpp"
#include "octocal/study/cell_likelihood.hpp"

namespace octocal::study {
namespace {

constexpr std::array kQuantities = {"ecal",  "profile", "profile_y", "profile_z", "mse",
                                    "cells", "hits",    "nats",      "score"};
constexpr double kErrors = 3;  ///< standard deviations that decide, and the part of a limit that an error may be

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw bad_input(
      fmt::format("`criterion` {}: {}; give such as ecal<=0.5%, profile<=2%, cells<=6%, hits<=1%, "
                  "mse<=1e-4, nats<=5 or, with a reference, mse<=1.05x",
                  text, why));
}

}  // namespace

std::vector<Criterion> parse_criteria(const std::vector<std::string>& texts) {
  std::vector<Criterion> criteria;
  for (const auto& text : texts) {
    const auto sign = text.find("<=");
    if (sign == std::string::npos) refuse(text, "has no <=");
    const auto strip = [](std::string part) {
      part.erase(std::remove(part.begin(), part.end(), ' '), part.end());
      return part;
    };
    const auto name = strip(text.substr(0, sign));
    const auto number = strip(text.substr(sign + 2));
    if (std::find(kQuantities.begin(), kQuantities.end(), name) == kQuantities.end())
      refuse(text, fmt::format("no quantity {}", name.empty() ? "is named" : name));
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    const std::string unit = end;
    if (end == number.c_str() || !std::isfinite(value) || value < 0) refuse(text, "the limit is no number from 0 on");
    if (unit == "x") {
      if (name != "mse") refuse(text, "only mse has a limit in units of float32's own");
      criteria.push_back({text, "mse_excess", value - 1});
      continue;
    }
    if (name == "nats" && !unit.empty())
      refuse(text, fmt::format("the limit is in nats a shower, a number without {}", unit));
    if (!unit.empty() && unit != "%") refuse(text, fmt::format("the limit has the unit {}, not % or none", unit));
    const double limit = unit.empty() ? value : value / 100;
    if (name == "profile") {
      criteria.push_back({text, "profile_y", limit});
      criteria.push_back({text, "profile_z", limit});
    } else {
      criteria.push_back({text, name, limit});
    }
  }
  return criteria;
}

std::vector<std::string> default_criteria(const model::Graph& graph) {
  std::vector<std::string> texts = {"ecal<=0.5%", "profile<=2%", "cells<=6%", "hits<=1%"};
  if (CellLikelihood::is_known_of(graph)) texts.push_back("nats<=5");
  return texts;
}

std::vector<quant::Quantity> judged(const std::map<std::string, physics::Number>& numbers,
                                    const std::vector<Criterion>& criteria) {
  std::vector<quant::Quantity> quantities;
  for (const auto& [name, number] : numbers) {
    quant::Quantity quantity;
    quantity.name = name;
    quantity.quadratic = name == "mse" || name == "mse_excess" || name == "nats";
    quantity.value = name == "mse_excess" ? number.value : std::abs(number.value);
    quantity.error = std::isfinite(number.error) ? number.error : 0;
    quantity.limit = std::numeric_limits<double>::infinity();
    for (const auto& criterion : criteria)
      if (criterion.quantity == name) quantity.limit = std::min(quantity.limit, criterion.limit);
    quantities.push_back(quantity);
  }
  return quantities;
}

bool decided(const std::vector<quant::Quantity>& quantities) noexcept {
  const auto limited = [](const auto& q) { return std::isfinite(q.limit); };
  if (std::any_of(quantities.begin(), quantities.end(),
                  [&](const auto& q) { return limited(q) && q.value - kErrors * q.error > q.limit; }))
    return true;
  return std::all_of(quantities.begin(), quantities.end(), [&](const auto& q) {
    return !limited(q) || kErrors * q.error <= q.limit || q.value + kErrors * q.error <= q.limit;
  });
}

double needed_showers(const std::vector<quant::Quantity>& quantities, double showers) noexcept {
  double most = 0;
  for (const auto& q : quantities)
    if (std::isfinite(q.limit) && q.limit > 0)
      most = std::max(most, showers * std::pow(kErrors * q.error / q.limit, 2));
  return most;
}

}  // namespace octocal::study
