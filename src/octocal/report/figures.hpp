// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/report/result_files.hpp"

namespace octocal::report {

/// A file to be written.
struct FigureFile {
  std::string name;   ///< "response.svg"
  std::string bytes;  ///< what is in it
};

/// Figures and tables that can stand in a paper, of all samples with Geant4 in black:
///
/// | files                    | what                                                                                   |
/// |--------------------------|----------------------------------------------------------------------------------------|
/// | OBSERVABLE.svg, .pdf     | histogram of each number of a shower (ecal_over_energy, hits, z_width, ...), and ratios |
/// | profile_z (x, y)         | mean energy of layers, columns, rows                                                   |
/// | cell_spectrum            | cells a shower by their energy                                                         |
/// | layer_energy, ...        | the histogram of every layer, side by side: energies, centres, widths, sparsity        |
/// | separation               | separation power of these histograms by layer, and that of two halves of Geant4        |
/// | metrics.csv, metrics.tex | separation powers, AUC, FPD, KPD; each with that of Geant4 against Geant4              |
///
/// What the results do not say is left out. The same results, the same bytes. Precondition: from read_result_files.
std::vector<FigureFile> figure_files(const ResultFiles& results);

}  // namespace octocal::report
