// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace octocal::study {

/// Path of a file that ships with octocal, e.g. "models/generator.onnx" or "data/electrons_000.h5": beside the sources
/// for a program or Python module in its build tree, in share/octocal of a folder above for an installed one (found from
/// where the program or the module lies). Error: bad_input naming the file and the places searched.
std::string shipped_file(const std::string& relative);

}  // namespace octocal::study
