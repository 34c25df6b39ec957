// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/ranks/ranks.hpp"
#include "octocal/study/generate_to_file.hpp"

namespace octocal::study {

/// Folder of the parts that several ranks make of a sample: OUTPUT.parts.
std::string parts_folder(const std::string& output);

/// generate_to_file() shared out to ranks: the same bytes for any number of them. The sample is cut into parts whose size
/// depends on its own alone; ranks take turns at those that are not in parts_folder() yet, which all ranks must see, and
/// rank 0 joins them (merge_samples) and removes the folder. Each part is complete or absent, so that a run that was
/// stopped, with whatever number of ranks, is gone on with by the same settings. One rank: generate_to_file(), unless a
/// folder of parts is there. Without settings of streams a rank has one.
///
/// The result is that of all ranks together, in every rank. Errors, in all ranks: as generate_to_file and merge_samples;
/// bad_input if ranks have different settings or do not see the folder, or if it holds parts of another sample.
GenerateResult generate_by_ranks(GenerateSettings settings, ranks::Ranks& ranks);

}  // namespace octocal::study
