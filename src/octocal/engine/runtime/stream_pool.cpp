// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/runtime/stream_pool.hpp"

#include <fmt/format.h>

#include <new>
#include <system_error>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"

namespace octocal::engine {

StreamPool::StreamPool(const std::shared_ptr<const Program>& program, int streams) {
  try {
    for (int s = 0; s < streams; ++s)
      threads_.emplace_back([this, program, s] { work(program, static_cast<std::size_t>(s)); });
  } catch (const std::system_error& error) {
    stop();
    throw run_failed(
        fmt::format("stream {} of {}: no thread ({}); use fewer streams", threads_.size() + 1, streams, error.what()));
  }
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return ready_ == threads_.size(); });
  if (!failure_) return;
  const auto failure = failure_;
  lock.unlock();
  stop();
  try {
    std::rethrow_exception(failure);
  } catch (const std::bad_alloc&) {
    throw run_failed(fmt::format("{} streams of {} MB each do not fit into memory; use fewer streams", streams,
                                 program->scratch_bytes() >> 20));
  }
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
  std::unique_lock lock(mutex_);
  job_ = &job;
  next_ = finished_ = 0;
  jobs_ = jobs;
  wake_.notify_all();
  done_.wait(lock, [this] { return finished_ == jobs_; });
  job_ = nullptr;
}

void StreamPool::work(const std::shared_ptr<const Program>& program, std::size_t worker) {
  static_cast<void>(pin_current_thread(static_cast<int>(worker)));  // slower, not wrong, where the system refuses
  std::unique_ptr<Stream> stream;
  std::exception_ptr failure;
  try {
    stream = std::make_unique<Stream>(program);  // on this thread, so that its memory is near its core
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
