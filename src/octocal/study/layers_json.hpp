// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "octocal/engine/program.hpp"

namespace octocal::study {

/// What ran per layer, for JSON documents and file attributes: an array of objects with LayerReport's members.
nlohmann::json layers_json(const std::vector<engine::LayerReport>& layers);

}  // namespace octocal::study
