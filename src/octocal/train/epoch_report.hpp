// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace octocal::train {

/// Lines of metrics.jsonl for eyes. `line`: of an epoch; `geant4`: the physics that the first line gives.
///
///     step   score          best at   y mean width  z mean width    hits  z spread  response  img/s
std::string table_heading(const nlohmann::json& geant4);
std::string table_row(const nlohmann::json& line);

/// The whole run as one HTML page without scripts or other files: curves of score, physics beside Geant4 (a band of its
/// statistical error) and losses. `lines`: of metrics.jsonl, the first with "about" and "geant4". running: the page
/// asks the browser to load it again every 20 seconds.
std::string training_page(const std::vector<nlohmann::json>& lines, const std::string& title, bool running);

}  // namespace octocal::train
