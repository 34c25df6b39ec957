// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

namespace octocal {

/// Numbered results that threads finish in any order and that must pass one at a time, in the order of their numbers,
/// without a thread that does nothing else: whoever finishes the result whose turn it is passes it, and all behind it
/// that are ready. At most `most_ahead` results are begun and not yet passed, so that memory is bounded.
///
///     if (!order.begin(number)) return;             // waits where it is too far ahead
///     ... make result number ...
///     order.finish(number, [&](std::size_t k) { ... result k goes its way ... });
///
/// Thread-safe. What is written before finish() is seen by whoever passes the result. Numbers are begun in ascending
/// order, each once, or begin() may wait for ever.
class InOrder {
 public:
  /// Precondition: most_ahead >= 1; at least the number of threads, or some of them wait for others.
  explicit InOrder(std::size_t most_ahead);

  /// Waits until fewer than most_ahead results before `number` are still to pass. False: stopped, begin nothing.
  bool begin(std::size_t number);

  /// Result `number` is there. Calls pass(k) for every result whose turn has come, never two at a time. An exception of
  /// pass stops everything and is thrown here.
  void finish(std::size_t number, const std::function<void(std::size_t)>& pass);

  /// Wakes all who wait in begin(); nothing passes from now on.
  void stop() noexcept;

  /// Room that results need: result k may lie in place k % places().
  std::size_t places() const noexcept { return ready_.size(); }

 private:
  std::mutex mutex_;
  std::condition_variable passed_;
  std::vector<char> ready_;  ///< by place: finished and not yet passed
  std::size_t next_ = 0;     ///< whose turn it is
  bool passing_ = false;
  bool stopped_ = false;
};

}  // namespace octocal
