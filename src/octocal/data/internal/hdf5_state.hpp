// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <compare>
#include <ctime>
#include <optional>
#include <string>

#include "octocal/base/error.hpp"
#include "octocal/data/internal/hdf5_handle.hpp"

// Not installed. The caller holds the Lock.

namespace octocal::data::hdf5 {

/// Which file it is, and when it was last written to. Numbers that are read from one file in two states belong to none.
struct FileState {
  dev_t device = 0;
  ino_t inode = 0;
  off_t bytes = 0;
  time_t second = 0;  ///< of the last time that it was written to
  long nanosecond = 0;

  auto operator<=>(const FileState&) const = default;
};

/// Nothing if there is no such file.
std::optional<FileState> state_of(const std::string& file);

/// Of a file that HDF5 has open, whatever its name stands for by now; nothing if HDF5 does not read it as a plain file.
std::optional<FileState> state_of(hid_t file);

/// The Error of a file that changed: bad_input.
Error changed(const std::string& file);

/// Does `read`, which reads from the open file, and looks whether it was written to meanwhile.
/// Errors: changed(name) if its state is no longer `state`; else what `read` throws.
template <typename Read>
void read_unchanged(hid_t file, const std::string& name, const std::optional<FileState>& state, Read read) {
  try {
    read();
  } catch (const Error&) {  // that it was written to explains what is wrong with it
    if (state_of(file) != state) throw changed(name);
    throw;
  }
  if (state_of(file) != state) throw changed(name);
}

}  // namespace octocal::data::hdf5
