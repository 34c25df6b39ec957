// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace octocal {

/// Makes Ctrl-C (SIGINT), SIGTERM, a closing terminal (SIGHUP, unless nohup has it ignored) and SIGXCPU set a flag, not
/// kill the process; a second Ctrl-C or SIGTERM kills it at once. Call once, from main.
void install_interrupt_handler();

/// The same while it lives, for a library inside somebody else's process: the last of several that live at once gives
/// the signals back to whoever had them, and forgets the flag. Thread-safe.
class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;
};

/// True once the user has asked to stop. Async-signal-safe, thread-safe.
bool interrupted() noexcept;

/// Throws Error(kInterrupted) if interrupted(); call it between the chunks of a long job.
void throw_if_interrupted();

}  // namespace octocal
