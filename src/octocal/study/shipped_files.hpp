// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace octocal::study {

/// Path of a file that ships with octocal, e.g. "models/generator.onnx" or "data/electrons_000.h5": beside the sources
/// for a program in its build tree, in PREFIX/share/octocal for an installed one (found from where the program lies).
/// Error: bad_input naming the file and the places searched.
std::string shipped_file(const std::string& relative);

}  // namespace octocal::study
