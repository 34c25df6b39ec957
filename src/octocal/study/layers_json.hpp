// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "octocal/engine/program.hpp"

namespace octocal::study {

/// What ran per layer: for JSON and file attributes, and as a table for eyes.
nlohmann::json layers_json(const std::vector<engine::LayerReport>& layers);
std::string layers_table(const std::vector<engine::LayerReport>& layers);

}  // namespace octocal::study
