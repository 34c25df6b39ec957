// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/physics/sample_result.hpp"

namespace octocal::physics {

/// Every quantity that can be judged, sample against reference; docs/physics.md lists them. Of a quantity over several
/// pixels or bins all are kept, and the worst is named (worst_part() in limits.hpp, at one standard deviation).
/// Pixels without energy and bins without showers in the reference are left out; what has no error, or has showers in the
/// reference and none in the sample, is counted as not judged. `result` and `described` are what is known already
/// (tables 3 and 4, response, observables, cells and their neighbours).
std::vector<Comparison> compare_with_reference(const SampleSums& sample, const SampleResult& result,
                                               const SampleSums& reference, const SampleResult& described);

/// Adds "auc_profiles", "auc_cells_summary" or "auc_cells" to the comparisons of a sample whose classifier was run; else does nothing.
void add_classifier_comparison(SampleResult& result, const std::string& quantity);

/// Adds "fpd_profiles", "kpd_profiles", "fpd_cells_summary", "kpd_cells_summary": what was measured of them.
void add_distance_comparisons(SampleResult& result);

}  // namespace octocal::physics
