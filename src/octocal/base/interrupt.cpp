// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/interrupt.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <mutex>

#include "octocal/base/error.hpp"

namespace octocal {
namespace {

std::atomic<bool> stop_requested{false}, stop_repeated{false};
static_assert(std::atomic<bool>::is_always_lock_free, "the signal handler may only touch lock-free flags");

void on_signal(int signal_number) {
  stop_requested = true;
  // A terminal that closes sends SIGHUP twice, or before SIGTERM; a limit on processor time comes back every second.
  if (signal_number == SIGHUP || signal_number == SIGXCPU) return;
  if (stop_repeated.exchange(true)) {
    std::signal(signal_number, SIG_DFL);
    std::raise(signal_number);
  }
}

/// What asks a process to end: a user, a batch system, a terminal that is gone, a soft limit on processor time.
constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGXCPU};

struct sigaction own_action() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;
  return action;
}

/// Returns the actions from before.
std::array<struct sigaction, kSignals.size()> take_signals() {
  std::array<struct sigaction, kSignals.size()> before{};
  const auto action = own_action();
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before[i]);
    // Who started the process with nohup wants it to outlive the terminal.
    const bool outlives = kSignals[i] == SIGHUP && before[i].sa_handler == SIG_IGN;
    if (!outlives) sigaction(kSignals[i], &action, nullptr);
  }
  return before;
}

std::mutex scopes_mutex;  // guards what follows
int scopes = 0;
std::array<struct sigaction, kSignals.size()> before_scopes;

}  // namespace

void install_interrupt_handler() { take_signals(); }

InterruptScope::InterruptScope() {
  const std::lock_guard lock(scopes_mutex);
  if (scopes++ == 0) before_scopes = take_signals();
}

InterruptScope::~InterruptScope() {
  const std::lock_guard lock(scopes_mutex);
  if (--scopes > 0) return;
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_scopes[i], nullptr);
  stop_requested = stop_repeated = false;
}

bool interrupted() noexcept { return stop_requested.load(std::memory_order_relaxed); }

void throw_if_interrupted() {
  if (interrupted()) throw Error(ErrorCode::kInterrupted, "interrupted; nothing was written");
}

}  // namespace octocal
