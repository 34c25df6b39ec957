// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "octocal/base/log.hpp"
#include "octocal/base/number_text.hpp"

namespace octocal {
namespace {

std::string minutes(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole >= 3600) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

}  // namespace

Progress::Progress(std::string what, std::string unit, std::uint64_t total, std::uint64_t before)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      before_(before),
      done_(before),
      start_(Clock::now()),
      drawn_(start_),
      terminal_(::isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_ && terminal_ && !finished_) std::fputc('\n', stderr);
}

void Progress::update(std::uint64_t done, const std::string& note) {
  done_ = done;
  const auto now = Clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(60000);
  if (now - drawn_ < pause) return;
  drawn_ = now;
  draw(note);
}

void Progress::finish() {
  if (finished_) return;
  if (terminal_) {
    draw({});
    if (shown_) std::fputc('\n', stderr);
  }
  finished_ = true;
}

void Progress::draw(const std::string& note) {
  if (verbosity() == Verbosity::kQuiet) return;
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_ - before_) / seconds : 0;
  const std::string left =
      rate > 0 && done_ < total_ ? minutes(static_cast<double>(total_ - done_) / rate) + " left" : minutes(seconds);
  const auto line = fmt::format("{}  {}/{} {}  {:.4g} {}/s  {}{}{}", what_, grouped(done_), grouped(total_), unit_,
                                rate, unit_, left, note.empty() ? "" : "  ", note);
  if (terminal_)
    fmt::print(stderr, "\r{:<100}", line);
  else
    fmt::print(stderr, "{}\n", line);
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace octocal
