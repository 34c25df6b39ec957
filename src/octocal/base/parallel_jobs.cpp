// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/parallel_jobs.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "octocal/base/expect.hpp"

namespace octocal {

void parallel_jobs(std::size_t jobs, int threads, const std::function<void(std::size_t)>& job) {
  OCTOCAL_EXPECT(threads >= 1);
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < jobs; i = next++) {
      try {
        job(i);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!failure) failure = std::current_exception();
        next = jobs;
      }
    }
  };
  std::vector<std::thread> others;
  const auto wanted = std::min(static_cast<std::size_t>(threads), jobs);
  try {
    for (std::size_t i = 1; i < wanted; ++i) others.emplace_back(work);
  } catch (...) {
    // A thread that cannot be had is no failure: the others do its work.
  }
  work();
  for (auto& other : others) other.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace octocal
