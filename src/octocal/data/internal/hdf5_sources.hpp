// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/data/internal/hdf5_handle.hpp"

// Not installed. The caller holds the Lock.

namespace octocal::data::hdf5 {

/// Checks that the other files that a dataset's numbers lie in are there: the sources of a virtual dataset, to any
/// depth, and files of external raw data, with as many bytes as the dataset takes from them. HDF5 reads zeros (fill
/// values) in place of a source that it does not find, and of raw data that end early, without a word.
///
/// Files are looked for where HDF5 looks: see the RM of H5Pset_virtual and H5Pset_external. Of sources in a numbered
/// series ("run-%b.h5") only the first is asked for: HDF5 lets the dataset end where the series does.
/// Errors: bad_input naming the file, the dataset and what is missing.
void require_sources(hid_t dataset, const std::string& file, const std::string& name);

}  // namespace octocal::data::hdf5
