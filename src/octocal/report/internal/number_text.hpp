// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace octocal::report {

/// number_text() (base/number_text.hpp) of a number of the schema (value, error) times `scale`; "-" for null.
std::string number_text(const nlohmann::json& number, double scale = 1);

/// plain_text() of a number, "-" for null.
std::string plain_text(const nlohmann::json& value, int figures);

}  // namespace octocal::report
