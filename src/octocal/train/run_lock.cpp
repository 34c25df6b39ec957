// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/run_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "octocal/base/error.hpp"

namespace octocal::train {
namespace {

/// "process 4711 on node17": what the holder has written, if it can be read.
std::string holder_of(int file) {
  std::array<char, 300> text{};
  const auto count = ::pread(file, text.data(), text.size(), 0);
  return count > 0 ? std::string(text.data(), static_cast<std::size_t>(count)) : "another process";
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder) {
  const auto name = folder / ".lock";
  file_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0)
    throw bad_input(fmt::format("{}: cannot be written ({}); choose a folder that you may write to", name.string(),
                                std::strerror(errno)));
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return;  // no locks here
    const auto holder = holder_of(file_);
    ::close(file_);
    throw bad_input(
        fmt::format("{}: another training writes there ({}); give another --out, or wait until it has ended",
                    folder.string(), holder));
  }
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const auto text = fmt::format("process {} on {}", ::getpid(), host.data());
  // For the message only: a lock that does not say whose it is locks all the same.
  if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, text.data(), text.size(), 0) < 0) errno = 0;
}

RunLock::~RunLock() { ::close(file_); }

}  // namespace octocal::train
