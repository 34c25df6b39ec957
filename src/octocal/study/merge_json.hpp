// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "octocal/study/merge_samples.hpp"

namespace octocal::study {

/// What `octocal merge --json` writes.
nlohmann::json merge_json(const MergeResult& result, const MergeSettings& settings);

}  // namespace octocal::study
