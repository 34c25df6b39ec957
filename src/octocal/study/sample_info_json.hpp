// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "octocal/study/sample_info.hpp"

namespace octocal::study {

/// The document of `octocal info --json`.
nlohmann::json to_json(const SampleInfo& info);

}  // namespace octocal::study
