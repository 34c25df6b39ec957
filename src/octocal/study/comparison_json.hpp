// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "octocal/study/comparison.hpp"

namespace octocal::study {

/// The document of `octocal compare --json`; `settings_text` is how the comparison was asked for.
nlohmann::json comparison_json(const ComparisonResult& result, const std::string& settings_text);

}  // namespace octocal::study
