// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace octocal::engine {

/// While it lives, oneDNN runs its primitives on the calling thread alone: a stream is a thread. It sets the OpenMP
/// number of threads of the calling thread only, and puts it back. Costs a few nanoseconds.
class SingleThread {
 public:
  SingleThread() noexcept;
  ~SingleThread();
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;

 private:
  int before_;
};

}  // namespace octocal::engine
