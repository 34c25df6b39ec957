// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_probe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <new>
#include <set>
#include <stdexcept>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"

namespace octocal::data::hdf5 {
namespace {

using Clock = std::chrono::steady_clock;

constexpr rlim_t kBytesASecond = 20'000'000;
constexpr rlim_t kLeastBytes = rlim_t{1} << 30U;
/// A disk may be slower than a processor by this factor before the child is given up.
constexpr int kPatience = 20;

/// First byte of a report: what became of look(); the text of an Error follows. Before it: one kGoesOn for each call.
constexpr char kGoesOn = '.';
enum class Outcome : char { kFine = 'f', kBadInput = 'b', kFailed = 'r', kInterrupted = 'i', kMemory = 'm' };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

void limit(int resource, rlim_t most) {
  rlimit now{};
  if (::getrlimit(resource, &now) != 0 || (now.rlim_max != RLIM_INFINITY && now.rlim_max < most)) return;
  now.rlim_cur = most;
  ::setrlimit(resource, &now);
}

/// Bytes of address space that this process has now; 0 if unknown.
rlim_t address_space() {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

/// The child's own: where it reports to, and how long a part of its work may take.
int child_pipe = -1;
rlim_t child_seconds = 0;

void report(int pipe, Outcome outcome, const char* text) {
  // Fits into the pipe: nobody waits. What cannot be reported looks like a crash.
  std::array<char, 4096> message{static_cast<char>(outcome)};
  const auto size = std::min(std::strlen(text), message.size() - 1);
  std::memcpy(message.data() + 1, text, size);
  if (::write(pipe, message.data(), size + 1) < 0) ::_exit(1);
}

[[noreturn]] void be_child(int pipe, rlim_t bytes, rlim_t seconds, const std::function<void()>& look) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL})
    ::signal(number, SIG_DFL);
  limit(RLIMIT_CORE, 0);
  child_pipe = pipe;
  child_seconds = seconds;
  limit(RLIMIT_CPU, child_seconds);
  // A sanitizer's shadow has no use for a limit, and reports allocations beyond all measure itself.
  if (const auto now = kSanitized ? 0 : address_space(); now > 0) limit(RLIMIT_AS, now + kLeastBytes + bytes);
  try {
    look();
    report(pipe, Outcome::kFine, "");
  } catch (const Error& error) {
    report(pipe,
           error.code() == ErrorCode::kBadInput      ? Outcome::kBadInput
           : error.code() == ErrorCode::kInterrupted ? Outcome::kInterrupted
                                                     : Outcome::kFailed,
           error.what());
  } catch (const std::bad_alloc&) {
    report(pipe, Outcome::kMemory, "");
  } catch (const std::length_error&) {
    report(pipe, Outcome::kMemory, "");
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);  // not exit(): buffers and files are the parent's
}

/// What the child reported; "" if it died without a word. Kills it if it is given up.
std::string report_of(pid_t child, int pipe, Clock::duration most) {
  std::string said;
  auto last = Clock::now() + most;
  for (;;) {
    pollfd waiting{pipe, POLLIN, 0};
    constexpr int kSliceMs = 50;  // a signal may have gone to another thread
    const int ready = ::poll(&waiting, 1, kSliceMs);
    if (interrupted() || Clock::now() > last) {
      ::kill(child, SIGKILL);
      return {};
    }
    if (ready <= 0) continue;
    std::array<char, 4096> bytes{};
    const auto count = ::read(pipe, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return said;
    if (bytes[0] == kGoesOn) last = Clock::now() + most;
    said.append(bytes.data(), static_cast<std::size_t>(count));
    said.erase(0, said.find_first_not_of(kGoesOn));
  }
}

/// How a child ended that reported nothing. `status` is 0 where the host of this library has waited for it instead.
std::string end_of(int status, rlim_t seconds) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
    return fmt::format("did not come to an end in {} s of processor time", seconds);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return "did not come to an end, or was killed";
  return "crashed";
}

void probe_now(const std::string& file, rlim_t bytes, rlim_t seconds, const std::function<void()>& look) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    be_child(ends[1], bytes, seconds, look);
  }
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    return;
  }
  const auto most = std::chrono::seconds(kPatience * seconds);
  const auto said = report_of(child, ends[0], most);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  throw_if_interrupted();
  const auto text = said.empty() ? std::string() : said.substr(1);
  switch (said.empty() ? Outcome{} : static_cast<Outcome>(said[0])) {
    case Outcome::kFine:
      return;
    case Outcome::kBadInput:
      throw bad_input(text);
    case Outcome::kFailed:
      throw run_failed(text);
    case Outcome::kInterrupted:
      throw Error(ErrorCode::kInterrupted, text);
    case Outcome::kMemory:
      throw bad_input(fmt::format(
          "{}: asks for more memory than a file of {} bytes can need (it is damaged); copy or make it again", file,
          bytes));
  }
  throw bad_input(fmt::format("{}: is damaged (the HDF5 library {} while it looked into it); copy or make it again",
                              file, end_of(status, seconds)));
}

}  // namespace

void probe_goes_on() noexcept {
  if (child_pipe < 0) return;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0)
    limit(RLIMIT_CPU,
          static_cast<rlim_t>(used.ru_utime.tv_sec) + static_cast<rlim_t>(used.ru_stime.tv_sec) + 1 + child_seconds);
  if (::write(child_pipe, &kGoesOn, 1) < 0) ::_exit(1);
}

std::optional<FileState> probe(const std::string& file, const std::function<void()>& look, unsigned seconds) {
  static std::set<FileState> fine;  // guarded by the Lock
  const auto state = state_of(file);
  if (state && fine.contains(*state)) return state;
  const auto bytes = state ? static_cast<rlim_t>(state->bytes) : 0;
  probe_now(file, bytes, seconds + bytes / kBytesASecond, look);
  if (state) fine.insert(*state);
  return state;
}

}  // namespace octocal::data::hdf5
