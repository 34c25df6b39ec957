// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "octocal/engine/program.hpp"

namespace octocal::engine {

/// Threads that each own a stream of one program, pinned to a core each, and share out numbered jobs.
class StreamPool {
 public:
  /// Errors: run_failed if a thread or its memory cannot be had.
  StreamPool(const std::shared_ptr<const Program>& program, int streams);
  ~StreamPool();
  StreamPool(const StreamPool&) = delete;
  StreamPool& operator=(const StreamPool&) = delete;

  /// What a thread does for job number `job` with its stream; must not throw.
  using Job = std::function<void(Stream& stream, std::size_t worker, std::size_t job)>;

  /// Calls job(stream, worker, 0 .. jobs - 1), each once, in any order, and waits for all. One call at a time.
  void run(std::size_t jobs, const Job& job);

  int size() const noexcept { return static_cast<int>(threads_.size()); }

 private:
  void work(const std::shared_ptr<const Program>& program, std::size_t worker);
  void stop() noexcept;

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const Job* job_ = nullptr;
  std::size_t next_ = 0, jobs_ = 0, finished_ = 0;
  std::size_t ready_ = 0;
  std::exception_ptr failure_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace octocal::engine
