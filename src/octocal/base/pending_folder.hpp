// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

namespace octocal {

/// A folder that is complete or as before: filled under a temporary name beside its target and put in its place, at
/// once, by commit(); removed by the destructor when commit() was not reached. What the target held before is gone then:
/// whether it may be replaced is for the caller to know. Links and modes as PendingFile has them.
///
/// Not thread-safe. Errors: bad_input if the target's parent does not exist or cannot be written, or the target is
/// there and no folder; run_failed if the disk is full or the rename fails.
class PendingFolder {
 public:
  /// Makes the temporary folder beside the target; errors as above.
  explicit PendingFolder(std::filesystem::path target);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;

  /// Where to write. An empty folder of this name exists from the constructor on.
  const std::filesystem::path& path() const noexcept { return temporary_; }
  const std::filesystem::path& target() const noexcept { return target_; }

  /// Takes the target's place, which is never empty in between.
  void commit();

 private:
  std::filesystem::path target_;  ///< as it was given
  std::filesystem::path place_;   ///< behind its links
  std::filesystem::path temporary_;
};

}  // namespace octocal
