// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/data/internal/hdf5_handle.hpp"

// Not installed. Why HDF5 refused a call, as a sentence: the one place that reads HDF5's error stack. The caller holds
// the Lock and asks directly after the call that failed: the next call into HDF5 empties the stack.

namespace octocal::data::hdf5 {

/// One record of the error stack: numbers as in H5Epublic.h, and what HDF5 says of it.
struct ErrorRecord {
  hid_t major = -1;
  hid_t minor = -1;
  std::string text;
};

/// The error stack of this thread, outermost call first; empty after a call that succeeded.
std::vector<ErrorRecord> error_records();

/// A reason and what to do, both without a full stop: "problem (reason); remedy".
struct Cause {
  std::string reason;
  std::string remedy;
};

/// What an error stack means. `file` is named in remedies that are commands.
///
/// | cause                              | told by                                             | remedy                    |
/// |------------------------------------|-----------------------------------------------------|---------------------------|
/// | packed with a filter not installed | "required filter 'X' is not registered"             | repack, HDF5_PLUGIN_PATH  |
/// | locked by a writer                 | H5E_CANTLOCKFILE, errno EAGAIN or EACCES            | wait                      |
/// | file system without locks          | H5E_CANTLOCKFILE, another errno                     | HDF5_USE_FILE_LOCKING     |
/// | not closed by its writer           | "already open for", or an object header never       | close it there; h5clear   |
/// |                                    | written (version 0)                                 |                           |
/// | written by a newer HDF5            | "bad version number", "bad superblock version"      | write it for this version |
/// | truncated                          | H5E_TRUNCATED                                       | copy it again             |
/// | a link or raw data file is missing | "external file", "external raw data file"           | copy it along             |
/// | the operating system refused       | "errno = N"                                         | by errno                  |
/// | no memory                          | H5E_RESOURCE with H5E_NOSPACE or H5E_CANTALLOC      |                           |
/// | damaged (all else)                 | the innermost record is the reason                  | copy or make it again     |
Cause cause_of(std::span<const ErrorRecord> records, const std::string& file);

/// "FILE: WHAT (reason); remedy" for the call that just failed, e.g. what = "cannot be opened". Kind: bad_input.
Error problem(const std::string& file, const std::string& what);

/// "FILE: could not be written whole (reason); remedy" for the call that just failed. Kind: run_failed.
Error write_problem(const std::string& file);

/// The identifier as a Handle, or problem(file, what) if it is none.
Handle checked(hid_t id, Handle::Close close, const std::string& file, const std::string& what);

/// Throws problem(file, what) if an HDF5 call's result is negative.
void check(herr_t result, const std::string& file, const std::string& what);

/// "1.10.8": the library that is linked.
std::string library_version();

}  // namespace octocal::data::hdf5
