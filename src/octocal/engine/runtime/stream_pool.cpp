// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/runtime/stream_pool.hpp"

#include <fmt/format.h>

#include <new>
#include <system_error>

#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"
#include "octocal/base/machine.hpp"

namespace octocal::engine {

StreamPool::StreamPool(const std::shared_ptr<const Program>& program, int streams, Affinity affinity)
    : streams_(streams) {
  OCTOCAL_EXPECT(streams >= 1);
  try {
    if (streams == 1) {
      own_.emplace(program);
    } else {
      start(program, affinity);
    }
  } catch (const std::bad_alloc&) {
    throw run_failed(fmt::format("{} stream{}: no memory (each takes {} MB); use fewer streams or a smaller batch",
                                 streams, streams == 1 ? "" : "s", program->scratch_bytes() >> 20));
  }
}

void StreamPool::start(const std::shared_ptr<const Program>& program, Affinity affinity) {
  const int cores = usable_cores();
  try {
    for (int s = 0; s < streams_; ++s)
      threads_.emplace_back([this, program, s, core = core_of_stream(affinity, s, streams_, cores)] {
        work(program, static_cast<std::size_t>(s), core);
      });
  } catch (const std::system_error& error) {
    stop();
    throw run_failed(
        fmt::format("stream {} of {}: no thread ({}); use fewer streams", threads_.size() + 1, streams_, error.what()));
  }
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return ready_ == threads_.size(); });
  if (!failure_) return;
  const auto failure = failure_;
  lock.unlock();
  stop();
  std::rethrow_exception(failure);
}

StreamPool::~StreamPool() { stop(); }

void StreamPool::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

void StreamPool::run(std::size_t jobs, const Job& job) {
  const std::lock_guard one_call(call_);
  if (own_) {
    for (std::size_t number = 0; number < jobs; ++number) job(*own_, 0, number);
    return;
  }
  std::unique_lock lock(mutex_);
  job_ = &job;
  next_ = finished_ = 0;
  jobs_ = jobs;
  wake_.notify_all();
  done_.wait(lock, [this] { return finished_ == jobs_; });
  job_ = nullptr;
}

void StreamPool::work(const std::shared_ptr<const Program>& program, std::size_t worker, int core) {
  if (core >= 0) static_cast<void>(pin_current_thread(core));  // slower, not wrong, where the system refuses
  std::optional<Stream> stream;
  std::exception_ptr failure;
  try {
    stream.emplace(program);  // on this thread, so that its memory is near its core
  } catch (...) {
    failure = std::current_exception();
  }
  std::unique_lock lock(mutex_);
  if (failure) failure_ = failure;
  ++ready_;
  done_.notify_all();
  while (!stopping_) {
    if (job_ == nullptr || next_ == jobs_) {
      wake_.wait(lock);
      continue;
    }
    const Job& job = *job_;
    const std::size_t number = next_++;
    lock.unlock();
    job(*stream, worker, number);
    lock.lock();
    if (++finished_ == jobs_) done_.notify_all();
  }
}

}  // namespace octocal::engine
