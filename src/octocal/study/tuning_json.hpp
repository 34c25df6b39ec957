// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "octocal/study/tuning.hpp"

namespace octocal::study {

/// The document of `octocal tune --json`.
nlohmann::json tuning_json(const Tuning& tuning, const TuningSettings& settings);

}  // namespace octocal::study
