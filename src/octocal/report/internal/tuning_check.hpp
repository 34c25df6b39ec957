// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/report/internal/json_field.hpp"

namespace octocal::report {

/// Checks the document of `octocal tune` as far as the page reads it: `objective`, `plan`, `trials` with their numbers,
/// costs and plans, `layers`, and `sensitivity` by layer. Error: bad_input naming file and key.
void check_tuning(const JsonField& document);

}  // namespace octocal::report
