// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/data/internal/hdf5_handle.hpp"

// Not installed. The caller holds the Lock.

namespace octocal::data::hdf5 {

/// A text attribute of `object`, "" if there is none of this name or it is not text.
std::string read_text(hid_t object, const std::string& name);

/// Names of all text attributes of `object`, sorted.
std::vector<std::string> text_names(hid_t object);

/// Writes a UTF-8 text attribute. Errors: write_problem() naming the file.
void write_text(hid_t object, const std::string& name, const std::string& value, const std::string& file);

}  // namespace octocal::data::hdf5
