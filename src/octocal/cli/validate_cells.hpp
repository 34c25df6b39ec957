// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "octocal/cli/validate_measure.hpp"

namespace octocal::cli {

/// Tells each sample from the reference by its cells (train/cell_classifier.hpp), the first kMostCellShowers showers of
/// both, and writes classifier_cells and its comparison. The reference's own entry is one half against the other: the
/// floor. Reads the showers once more, after everything else was measured.
/// Errors: bad_input if octocal was built without the trainer, or there are too few showers.
inline constexpr std::size_t kMostCellShowers = 1000;
void classify_by_cells(const std::vector<std::unique_ptr<SampleSource>>& sources, std::uint64_t seed,
                       std::vector<MeasuredSample>& measured);

}  // namespace octocal::cli
