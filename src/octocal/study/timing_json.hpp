// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "octocal/study/timing.hpp"

namespace octocal::study {

/// The document of `octocal bench --json`; `settings_text` is how the measurement was asked for.
nlohmann::json to_json(const BenchResult& result, const BenchSettings& settings, const std::string& settings_text);

}  // namespace octocal::study
