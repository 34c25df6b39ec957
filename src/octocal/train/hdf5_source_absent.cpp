// SPDX-License-Identifier: Apache-2.0
// Stands in for hdf5_source.cpp in a build without HDF5 (preset trainer).
#include <fmt/format.h>

#include "octocal/base/error.hpp"
#include "octocal/train/hdf5_source.hpp"

namespace octocal::train {

std::unique_ptr<ShowerFiles> open_hdf5_showers(const std::vector<std::string>& files) {
  throw bad_input(fmt::format(
      "{}: not a packed file (this build reads no HDF5); make one with octocal pack on a machine that has it",
      files.front()));
}

}  // namespace octocal::train
