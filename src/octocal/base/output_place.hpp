// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <compare>
#include <filesystem>
#include <string>

#include "octocal/base/error.hpp"

namespace octocal {

/// The Error of an output that cannot be written: bad_input "OUTPUT: cannot be written (WHY); REMEDY".
Error refused_output(const std::filesystem::path& output, const std::string& why,
                     const std::string& remedy = "write elsewhere");

/// The same of an errno: run_failed if the disk is full or broken, bad_input if the user may not write there.
Error refused_output(const std::filesystem::path& output, int reason);

/// Where an output really goes: symbolic links are followed to their end, whether or not anything is there yet. What
/// lies behind a link is replaced then, and the link stays. Errors: bad_input for links in a circle.
std::filesystem::path follow_links(const std::filesystem::path& output);

/// The folder that a file lies in, "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& file);

/// Errors: bad_input about `output` unless the folder that `place` lies in is there.
void require_folder_of(const std::filesystem::path& output, const std::filesystem::path& place);

/// Which file it is, whatever name it goes by. Of one that is there: device and inode. Of one to come: those of the
/// nearest folder above it that is there, and the path from it.
struct FileIdentity {
  dev_t device = 0;     ///< of what is there
  ino_t inode = 0;      ///< of what is there
  std::string to_come;  ///< path from there to the file; "" if it is there

  auto operator<=>(const FileIdentity&) const = default;
};

/// Errors: bad_input for links in a circle.
FileIdentity identity_of(const std::filesystem::path& file);

/// A name of its own beside `target`, ".NAME.MACHINE-PID-N.tmp", for what is not complete yet. N counts in this process.
/// Precondition: links are followed. Thread-safe.
std::filesystem::path temporary_name(const std::filesystem::path& target);

/// Removes what killed processes have left under temporary names of `output`: of this machine since it was started, those
/// of processes that are no longer there; of others, which may share the disk, those not written to for seven days, by the
/// time that something was last made in the folder. Returns whether any of others are left: they may be older than that
/// time says, until something is made there.
bool remove_abandoned(const std::filesystem::path& output) noexcept;

}  // namespace octocal
