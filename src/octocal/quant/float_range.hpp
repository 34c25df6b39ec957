// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "octocal/quant/rewrite.hpp"
#include "octocal/quant/scheme.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {

/// Float16 ends at 65504: what rounds beyond is infinite, and stays so to the end of the shower. Errors: bad_input
/// naming `origin` and the layer if a layer that the plan has in float16 holds such a weight, or reads a site whose
/// range in calibration holds such a value.
void check_float16_range(const model::Graph& graph, const Structure& structure, const model::PrecisionPlan& plan,
                         const std::map<std::string, Range>& ranges, const std::string& origin);

}  // namespace octocal::quant
