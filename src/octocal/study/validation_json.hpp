// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "octocal/study/validation.hpp"

namespace octocal::study {

/// The document of docs/validation_json.md.
nlohmann::json validation_json(const Validation& validation);

/// Parts of it that `octocal compare` writes, too.
nlohmann::json number_json(const physics::Number& number, bool with_floor = true);
nlohmann::json table3_json(const physics::SampleResult& result);
nlohmann::json table4_json(const physics::Table4& table);
nlohmann::json table5_json(const physics::Table5& table, const std::string& against);
nlohmann::json comparisons_json(const std::vector<physics::Comparison>& comparisons);

}  // namespace octocal::study
