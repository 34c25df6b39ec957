// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "octocal/train/epoch_report.hpp"

namespace octocal::train {
namespace {

std::string physics_columns(const nlohmann::json& physics) {
  double response = 0;
  for (const auto& quarter : physics.at("response")) response += 25 * quarter.get<double>();
  return fmt::format("{:>6.2f} {:>6.3f}  {:>6.2f} {:>6.3f}  {:>6.0f}  {:>8.3f}  {:>7.3f} %",
                     physics.at("y_mean").get<double>(), physics.at("y_width").get<double>(),
                     physics.at("z_mean").get<double>(), physics.at("z_width").get<double>(),
                     physics.at("hits").get<double>(), physics.at("z_centre_spread").get<double>(), response);
}

}  // namespace

std::string table_heading(const nlohmann::json& geant4) {
  return fmt::format(
      "{:>8}  {:>15}  {:>8}  {:>6} {:>6}  {:>6} {:>6}  {:>6}  {:>8}  {:>9}  {:>7}\n{:>8}  {:>15}  {:>8}  {}", "step",
      "score", "best at", "y mean", "width", "z mean", "width", "hits", "z spread", "response", "img/s", "Geant4", "",
      "", physics_columns(geant4));
}

std::string table_row(const nlohmann::json& line) {
  const auto best = line.value("best_step", std::int64_t{-1});
  return fmt::format("{:>8}  {:>6.3f} +- {:<5.3f}  {:>8}  {}  {:>7.1f}", line.at("step").get<std::int64_t>(),
                     line.at("score").get<double>(), line.at("score_error").get<double>(),
                     best < 0 ? std::string("-") : std::to_string(best), physics_columns(line.at("physics")),
                     line.value("showers_per_second", 0.0));
}

}  // namespace octocal::train
