// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/report/internal/json_field.hpp"

namespace octocal::report {

/// Checks the document of `octocal bench` as far as the page reads it: `models`, each with `name` and
/// `showers_per_second` (a number, or an object with `median`, `low`, `high`), and, if there,
/// `speedup_int8_over_float32` of the same form; of each model, if there, `over_float32`, `share_of_peak`,
/// `first_shower`, `streams` and `operations`. Error: bad_input naming file and key.
void check_bench(const JsonField& document);

}  // namespace octocal::report
