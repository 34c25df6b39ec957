// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "octocal/study/quantized_check.hpp"

namespace octocal::study {

nlohmann::json to_json(const Int8Difference& difference);

}  // namespace octocal::study
