// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/report/internal/json_field.hpp"

namespace octocal::report {

/// Checks the document of `octocal validate` against docs/validation_json.md, as far as the page reads it.
/// Returns sentences about what is allowed to be missing and is. Error: bad_input naming file and key.
std::vector<std::string> check_validation(const JsonField& document);

}  // namespace octocal::report
