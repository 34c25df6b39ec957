// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/log.hpp"
#include "octocal/base/mute_log.hpp"

#include <atomic>
#include <cstdio>
#include <mutex>
#include <set>

#include "octocal/base/printable_text.hpp"

namespace octocal {
namespace {

std::atomic<Verbosity> current{Verbosity::kNormal};
std::atomic<bool> is_muted{false};

/// One write of the whole line: stdio locks the stream, so lines of several threads stay whole.
void write_line(const std::string& message) {
  if (is_muted) return;
  const auto line = "octocal: " + one_line(message) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

void set_verbosity(Verbosity verbosity) { current = verbosity; }
Verbosity verbosity() noexcept { return is_muted ? Verbosity::kQuiet : current.load(); }
void mute_log(bool muted) { is_muted = muted; }

void log_error(const std::string& message) { write_line(message); }

void log_warning(const std::string& message) {
  if (current != Verbosity::kQuiet) write_line("warning: " + message);
}

void log_warning_once(const std::string& key, const std::string& message) {
  static std::mutex mutex;
  static std::set<std::string> given;
  {
    const std::lock_guard lock(mutex);
    if (!given.insert(key).second) return;
  }
  log_warning(message);
}

void log_warning_once(const std::string& message) { log_warning_once(message, message); }

void log_info(const std::string& message) {
  if (current != Verbosity::kQuiet) write_line(message);
}

void log_verbose(const std::string& message) {
  if (current == Verbosity::kVerbose) write_line(message);
}

}  // namespace octocal
