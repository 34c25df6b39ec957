// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "octocal/train/shower_files.hpp"

namespace octocal::train {

/// HDF5 files as a source. Errors: bad_input. In a build without HDF5 (preset trainer, hdf5_source_absent.cpp) always
/// bad_input that says how to pack them.
std::unique_ptr<ShowerFiles> open_hdf5_showers(const std::vector<std::string>& files);

}  // namespace octocal::train
