// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/interrupt.hpp"

#include <atomic>
#include <csignal>
#include <mutex>

#include "octocal/base/error.hpp"

namespace octocal {
namespace {

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "the signal handler may only touch a lock-free flag");

void on_signal(int signal_number) {
  if (stop_requested.exchange(true)) {
    std::signal(signal_number, SIG_DFL);
    std::raise(signal_number);
  }
}

struct sigaction own_action() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;
  return action;
}

std::mutex scopes_mutex;  // guards what follows
int scopes = 0;
struct sigaction before_int {};
struct sigaction before_term {};

}  // namespace

void install_interrupt_handler() {
  const auto action = own_action();
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

InterruptScope::InterruptScope() {
  const std::lock_guard lock(scopes_mutex);
  if (scopes++ > 0) return;
  const auto action = own_action();
  sigaction(SIGINT, &action, &before_int);
  sigaction(SIGTERM, &action, &before_term);
}

InterruptScope::~InterruptScope() {
  const std::lock_guard lock(scopes_mutex);
  if (--scopes > 0) return;
  sigaction(SIGINT, &before_int, nullptr);
  sigaction(SIGTERM, &before_term, nullptr);
  stop_requested = false;
}

bool interrupted() noexcept { return stop_requested.load(std::memory_order_relaxed); }

void throw_if_interrupted() {
  if (interrupted()) throw Error(ErrorCode::kInterrupted, "interrupted; nothing was written");
}

}  // namespace octocal
