// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "octocal/study/convert_showers.hpp"

namespace octocal::study {

/// The document of octocal convert --json.
nlohmann::json conversion_json(const ConversionResult& result, const ConversionSettings& settings);

}  // namespace octocal::study
