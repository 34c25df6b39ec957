// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/merge_json.hpp"

#include <nlohmann/json.hpp>

namespace octocal::study {

nlohmann::json merge_json(const MergeResult& result, const MergeSettings& settings) {
  return {{"output", settings.output},
          {"parts", result.parts},
          {"first_shower", result.first_shower},
          {"showers", result.showers},
          {"showers_hash", result.showers_hash}};
}

}  // namespace octocal::study
