// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

namespace octocal::train {

/// Keeps other trainings out of a run's folder while the object lives: a lock of the kernel on FOLDER/.lock, which ends
/// with the process, however that ends. Where a file system has no locks there is none. Errors: bad_input naming the
/// folder and the process that holds it, or if the folder cannot be written.
class RunLock {
 public:
  explicit RunLock(const std::filesystem::path& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace octocal::train
