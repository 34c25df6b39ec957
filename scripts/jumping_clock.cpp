// SPDX-License-Identifier: Apache-2.0
// A library for LD_PRELOAD (change_test.py): the time of day jumps by ten years to and fro each time that it is asked for. The
// clock that only counts on is left as it is, as on a machine whose time is set.
//
// OCTOCAL_JUMP_COUNT: file to which a byte is added for each time, so that it is known whether anybody asks.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <ctime>

namespace {

constexpr long kTenYears = 315'576'000;
std::atomic<long> asked{0};

/// Seconds that are added this time.
long jump() {
  if (const char* count = std::getenv("OCTOCAL_JUMP_COUNT")) {
    const int file = ::open(count, O_WRONLY | O_APPEND | O_CREAT, 0644);
    if (file >= 0) {
      static_cast<void>(!::write(file, ".", 1));
      ::close(file);
    }
  }
  return asked++ % 2 == 0 ? kTenYears : -kTenYears;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += jump();
  return static_cast<int>(result);
}
int gettimeofday(timeval* now, void*) noexcept {
  timespec precise{};
  if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
  *now = {precise.tv_sec, precise.tv_nsec / 1000};
  return 0;
}
time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
