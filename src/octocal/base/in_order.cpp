// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/in_order.hpp"

#include "octocal/base/expect.hpp"

namespace octocal {

InOrder::InOrder(std::size_t most_ahead) : ready_(most_ahead, 0) { OCTOCAL_EXPECT(most_ahead >= 1); }

bool InOrder::begin(std::size_t number) {
  std::unique_lock lock(mutex_);
  passed_.wait(lock, [&] { return stopped_ || number < next_ + ready_.size(); });
  return !stopped_;
}

void InOrder::finish(std::size_t number, const std::function<void(std::size_t)>& pass) {
  std::unique_lock lock(mutex_);
  ready_[number % ready_.size()] = 1;
  if (passing_) return;  // that thread looks again before it goes
  passing_ = true;
  while (!stopped_ && ready_[next_ % ready_.size()] != 0) {
    const std::size_t turn = next_;
    lock.unlock();
    try {
      pass(turn);
    } catch (...) {
      stop();
      throw;
    }
    lock.lock();
    ready_[turn % ready_.size()] = 0;
    ++next_;
    passed_.notify_all();
  }
  passing_ = false;
}

void InOrder::stop() noexcept {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  passed_.notify_all();
}

}  // namespace octocal
