// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/data/internal/hdf5_handle.hpp"

// Not installed. The caller holds the Lock.

namespace octocal::data::hdf5 {

/// Opens a file for reading. Errors: bad_input naming it: missing, a folder, without permission, no HDF5 file, or as
/// HDF5 says.
Handle open_file(const std::string& name);

/// "(10, 6480)": a dataset's shape in a sentence.
std::string text_of(const std::vector<hsize_t>& shape);

/// "NaN", "infinite", else "negative": why a value is refused.
const char* defect_of(float value) noexcept;

}  // namespace octocal::data::hdf5
