// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "octocal/quant/tuner.hpp"

namespace octocal::study {

nlohmann::json to_json(const quant::Evaluation& evaluation);
nlohmann::json to_json(const quant::Trial& trial);
/// {"conv1": "int8", ...}
nlohmann::json plan_json(const model::PrecisionPlan& plan);

/// Writes the trials of a tuning to a file, complete or absent. `key` is all on which they depend, for eyes as well.
void write_history(const std::string& file, const std::string& key_json, const std::vector<quant::Trial>& trials);

/// The trials of a file. Errors: bad_input naming the file if it is no history, or of another key, naming what differs.
std::vector<quant::Trial> read_history(const std::string& file, const std::string& key_json);

}  // namespace octocal::study
