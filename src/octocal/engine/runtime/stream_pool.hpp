// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "octocal/engine/affinity.hpp"
#include "octocal/engine/program.hpp"

namespace octocal::engine {

/// Streams of one program that share out numbered jobs. One stream works in the caller's thread; several have a thread
/// each, on the cores that `affinity` says.
class StreamPool {
 public:
  /// Errors: run_failed if a thread or its memory cannot be had. Precondition: streams >= 1.
  StreamPool(const std::shared_ptr<const Program>& program, int streams, Affinity affinity);
  ~StreamPool();
  StreamPool(const StreamPool&) = delete;
  StreamPool& operator=(const StreamPool&) = delete;

  /// What is done for job number `job` with a stream, the `worker`-th; must not throw.
  using Job = std::function<void(Stream& stream, std::size_t worker, std::size_t job)>;

  /// Calls job(stream, worker, 0 .. jobs - 1), each once, in any order, and waits for all. Thread-safe: a second call
  /// waits until the first is done. Must not be called from a job.
  void run(std::size_t jobs, const Job& job);

  int size() const noexcept { return streams_; }

 private:
  void start(const std::shared_ptr<const Program>& program, Affinity affinity);
  void work(const std::shared_ptr<const Program>& program, std::size_t worker, int core);
  void stop() noexcept;

  int streams_;
  std::mutex call_;            ///< held for a whole run()
  std::optional<Stream> own_;  ///< the only stream, if there is one

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
