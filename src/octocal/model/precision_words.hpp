// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <string>

#include "octocal/model/precision_plan.hpp"

namespace octocal::model {

/// What several layers compute in, as messages name it: "int8", "mixed (int8, float32)", the coarsest first; "float32"
/// for none.
std::string words_for(const std::set<Precision>& precisions);
/// The same of a plan's layers.
std::string words_for(const PrecisionPlan& plan);

}  // namespace octocal::model
