// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace octocal::train {

/// libtorch computes with this many threads while the object lives; then with as many as before. libtorch's number
/// belongs to the whole process: not for two threads at once.
class ThreadCount {
 public:
  explicit ThreadCount(int threads);
  ~ThreadCount();
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
};

}  // namespace octocal::train
