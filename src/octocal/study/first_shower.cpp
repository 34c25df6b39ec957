// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/first_shower.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <exception>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/study/benched_network.hpp"
#include "octocal/study/open_model.hpp"

namespace octocal::study {
namespace {

FirstShowerTimes time_here(const std::string& file, const std::map<std::string, std::string>& model_info) {
  FirstShowerTimes times;
  Stopwatch watch;
  const auto lap = [&](std::size_t part) {
    const auto taken = watch.lap();
    times.wall[part] = taken.wall;
    times.processor[part] = taken.processor;
  };
  auto model = open_model(file, model_info);
  lap(0);
  auto program = engine::Program::compile(model.graph, {engine::GeneratorOptions{}.batch, file});
  lap(1);
  engine::Stream stream(program);
  lap(2);
  const NetworkInputs inputs(model.info, 1, 1);  // what a caller brings is not timed
  watch.lap();
  inputs.run(*program, stream, 1);
  lap(3);
  return times;
}

/// Never returns: writes times, or nothing if there was an error, which the caller finds again.
[[noreturn]] void be_first_shower(int pipe, const std::string& file,
                                  const std::map<std::string, std::string>& model_info) {
  try {
    const auto times = time_here(file, model_info);
    if (::write(pipe, &times, sizeof times) != sizeof times) ::_exit(1);
  } catch (const std::exception&) {
    ::_exit(1);
  }
  ::_exit(0);  // not exit(): buffers and files are the parent's
}

}  // namespace

FirstShowerTimes time_first_shower(const std::string& file, const std::map<std::string, std::string>& model_info) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw run_failed("bench: no pipe to a child process can be had");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    be_first_shower(ends[1], file, model_info);
  }
  ::close(ends[1]);
  FirstShowerTimes times;
  ssize_t got = -1;
  if (child > 0) do {
      got = ::read(ends[0], &times, sizeof times);
    } while (got < 0 && errno == EINTR);
  ::close(ends[0]);
  if (child < 0) throw run_failed("bench: no child process can be had (too many processes?)");
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (got != static_cast<ssize_t>(sizeof times)) {
    static_cast<void>(time_here(file, model_info));  // throws what it was
    throw run_failed(fmt::format("{}: the child process that was to make its first shower died", file));
  }
  return times;
}

}  // namespace octocal::study
