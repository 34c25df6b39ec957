// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "octocal/study/generate_to_file.hpp"

namespace octocal::study {

/// The document of `octocal generate --json`.
nlohmann::json generate_json(const GenerateResult& result, const GenerateSettings& settings);

}  // namespace octocal::study
