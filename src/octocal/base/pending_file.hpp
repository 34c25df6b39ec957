// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

namespace octocal {

/// A file that is complete or absent: written under a temporary name in the target's folder, renamed by commit(),
/// removed by the destructor when commit() was not reached (an error, an interruption).
///
/// Not thread-safe. Errors: bad_input if the target's folder does not exist or cannot be written, or the target is a
/// folder; run_failed if the rename fails.
class PendingFile {
 public:
  explicit PendingFile(std::filesystem::path target);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  /// Where to write. An empty file of this name exists from the constructor on.
  const std::filesystem::path& path() const noexcept { return temporary_; }
  const std::filesystem::path& target() const noexcept { return target_; }

  /// Flushes the file to disk and renames it to the target.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool committed_ = false;
};

/// Writes text to a file through a PendingFile.
void write_text_file(const std::filesystem::path& target, const std::string& text);

/// The whole file as a string. Errors: bad_input if it does not exist or cannot be read.
std::string read_text_file(const std::filesystem::path& file);

}  // namespace octocal
