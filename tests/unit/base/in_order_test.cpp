// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/in_order.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace octocal {
namespace {

/// Threads that take numbers as a pool of streams does and finish them as `work` lets them.
template <typename Work>
void in_threads(int threads, std::size_t numbers, const Work& work) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([&] {
      for (std::size_t k = next++; k < numbers; k = next++) work(k);
    });
  for (auto& thread : all) thread.join();
}

TEST(InOrder, PassesInOrderWhateverFinishesFirst) {
  constexpr std::size_t kNumbers = 500;
  InOrder order(6);
  ASSERT_EQ(order.places(), 6U);
  std::vector<std::size_t> results(6), passed;  // `passed` has no lock: pass() must never run twice at a time
  std::atomic<std::size_t> most_ahead = 0, done = 0;
  in_threads(5, kNumbers, [&](std::size_t k) {
    ASSERT_TRUE(order.begin(k));
    const std::size_t ahead = k - std::min(k, done.load());
    if (ahead > most_ahead) most_ahead = ahead;
    if (k % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
    results[k % 6] = k * k;
    order.finish(k, [&](std::size_t turn) {
      passed.push_back(results[turn % 6]);
      ++done;
    });
  });
  ASSERT_EQ(passed.size(), kNumbers);
  for (std::size_t k = 0; k < kNumbers; ++k) EXPECT_EQ(passed[k], k * k);
  EXPECT_LE(most_ahead, 6U);
}

TEST(InOrder, StopWakesWhoWaits) {
  InOrder order(1);
  ASSERT_TRUE(order.begin(0));
  bool began = true;
  std::thread waiting([&] { began = order.begin(1); });  // 0 is never finished
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  order.stop();
  waiting.join();
  EXPECT_FALSE(began);
  bool passed = false;
  order.finish(0, [&](std::size_t) { passed = true; });
  EXPECT_FALSE(passed);
}

TEST(InOrder, AFailureInPassStopsAndIsThrownOnce) {
  InOrder order(4);
  std::atomic<int> failures = 0;
  std::size_t passed = 0;
  in_threads(3, 100, [&](std::size_t k) {
    if (!order.begin(k)) return;
    try {
      order.finish(k, [&](std::size_t turn) {
        if (turn == 20) throw std::runtime_error("disk full");
        passed = turn;
      });
    } catch (const std::runtime_error&) {
      ++failures;
    }
  });
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(passed, 19U);
}

}  // namespace
}  // namespace octocal
