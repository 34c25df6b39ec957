// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace octocal::report {

/// "12.009 +- 0.004": a number of the schema (value, error) times `scale`, with two figures of the error; four figures
/// of the value if there is no error; "-" if there is no value. Numbers below 1e-3 or from 1e6 get a power of ten.
std::string number_text(const nlohmann::json& number, double scale = 1);

/// So many significant figures, "-" for null.
std::string plain_text(const nlohmann::json& value, int figures);

}  // namespace octocal::report
