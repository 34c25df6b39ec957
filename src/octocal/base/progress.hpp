// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace octocal {

/// Progress of a long job on stderr: one line that is redrawn on a terminal, one line a minute otherwise, nothing when
/// quiet. Shows done/total, units per second and the time left.
///
///     generate  45,000/100,000 showers  812 showers/s  1m08s left
///
/// Not thread-safe: one thread at a time. Never throws after construction.
class Progress {
 public:
  /// `before`: units that an earlier run had finished (a resumed job); they do not count in the rate.
  Progress(std::string what, std::string unit, std::uint64_t total, std::uint64_t before = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Reports that `done` units are finished; `note` is shown behind the rate. Cheap: draws at most ten times a second.
  void update(std::uint64_t done, const std::string& note = {});

  /// Draws the last state and ends the line.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void draw(const std::string& note);

  std::string what_;
  std::string unit_;
  std::uint64_t total_;
  std::uint64_t before_;
  std::uint64_t done_;
  Clock::time_point start_;
  Clock::time_point drawn_;
  bool terminal_;
  bool shown_ = false;
  bool finished_ = false;
};

}  // namespace octocal
