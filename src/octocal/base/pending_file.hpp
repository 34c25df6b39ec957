// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

#include "octocal/base/error.hpp"

namespace octocal {

/// A file that is complete or absent: written under a temporary name in the target's folder, renamed by commit(),
/// removed by the destructor when commit() was not reached (an error, an interruption).
///
/// A target that is a symbolic link stays one: the file behind it is replaced. A file that is replaced hands on its
/// mode and, where this user may give it, its owner; a new one has the mode that the umask leaves of 0666.
///
/// Not thread-safe; any number of them may be open at once. Errors: bad_input if the target's folder does not exist or
/// cannot be written, or the target is a folder or may not be written; run_failed if the disk is full or the rename
/// fails.
class PendingFile {
 public:
  /// Opens the temporary file beside the target; errors as above.
  explicit PendingFile(std::filesystem::path target);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  /// Where to write. An empty file of this name exists from the constructor on.
  const std::filesystem::path& path() const noexcept { return temporary_; }
  /// The file that is to appear, links followed.
  const std::filesystem::path& target() const noexcept { return target_; }

  /// Flushes the file to disk and renames it to the target.
  void commit();

 private:
  std::filesystem::path target_;  ///< as it was given
  std::filesystem::path place_;   ///< behind its links
  std::filesystem::path temporary_;
  unsigned mode_ = 0;  ///< of the file that is replaced; 0: there is none
  bool committed_ = false;
};

/// The Error of a file that could not be written to its end: run_failed, naming the file and, if errno tells it, why.
Error write_failure(const std::filesystem::path& target);

/// Writes text to a file through a PendingFile.
void write_text_file(const std::filesystem::path& target, const std::string& text);

/// The whole file as a string. Errors: bad_input if it does not exist or cannot be read.
std::string read_text_file(const std::filesystem::path& file);

}  // namespace octocal
