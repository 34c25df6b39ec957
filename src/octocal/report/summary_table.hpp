// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/report/result_files.hpp"

namespace octocal::report {

/// The report in a few lines for the terminal: a column a sample; rows for the means and widths of y and z, the mean
/// squared difference of the projections with its floor, the pixel-wise difference, speed and model size, then the
/// speed-up and how many limits are kept. Rows that the files say nothing about are left out.
///
///                                    Geant4          float32             int8
///     y mean [cells]       12.0002 +- 0.0040  12.006 +- ...
///
/// Plain ASCII, lines end with a newline. Thread-safe. The results must come from read_result_files.
std::string summary_table(const ResultFiles& results);

}  // namespace octocal::report
