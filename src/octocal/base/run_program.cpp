// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/run_program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"

namespace octocal {
namespace {

Error output_failure(int reason) {
  return run_failed(
      fmt::format("the results could not be written to standard output ({}); free some space, or send them elsewhere",
                  std::strerror(reason)));
}

/// Whatever fmt::print says when a write fails, it is standard output that failed.
void run_and_flush(const std::function<void()>& body) {
  try {
    body();
  } catch (const std::system_error& failure) {
    if (std::ferror(stdout) == 0) throw;
    throw output_failure(failure.code().value());
  }
  errno = 0;
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw output_failure(errno != 0 ? errno : EIO);
}

}  // namespace

void prepare_process() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF) {
      const int null = ::open("/dev/null", O_RDWR);  // the lowest free number: this stream's
      if (null >= 0 && null != stream) ::close(null);
    }
  install_interrupt_handler();
  std::signal(SIGXFSZ, SIG_IGN);
}

int run_program(const std::function<void()>& body, const char* memory_advice) noexcept {
  try {
    run_and_flush(body);
    return 0;
  } catch (const Error& error) {
    log_error(error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    log_error(fmt::format("out of memory; {}", memory_advice));
  } catch (const std::exception& error) {
    log_error(fmt::format("unexpected failure: {}", error.what()));
  } catch (...) {
    log_error("unexpected failure of an unknown kind");
  }
  return 1;
}

}  // namespace octocal
