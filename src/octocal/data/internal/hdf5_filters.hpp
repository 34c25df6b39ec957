// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/data/internal/hdf5_handle.hpp"

// Not installed. The caller holds the Lock.

namespace octocal::data::hdf5 {

/// Checks that every filter that a dataset is packed with can be undone here; plugins are looked for as HDF5 does
/// (HDF5_PLUGIN_PATH). Else HDF5 would say so only when the first cells are read.
/// Errors: bad_input naming file, dataset and filter, and the remedy.
void require_filters(hid_t dataset, const std::string& file, const std::string& name);

}  // namespace octocal::data::hdf5
