#pragma once
#include <vector>

#include "octocal/physics/sample_result.hpp"

namespace octocal::physics {

/// Every quantity that can be judged, sample against reference; docs/physics.md lists them. Of a quantity over several
/// pixels or bins the worst is given: the one that is furthest from zero beyond its error. Quantities that are
/// undefined in either sample (an empty bin, a profile pixel without energy) are left out. `result` and `described` are
/// what is known already (tables 3 and 4, response, observables).
std::vector<Comparison> compare_with_reference(const SampleSums& sample, const SampleResult& result,
                                               const SampleSums& reference, const SampleResult& described);

}  // namespace octocal::physics
