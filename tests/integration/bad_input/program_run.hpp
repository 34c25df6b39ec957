// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace octocal::test {

/// How the program ended. A program killed by a signal has exit code 128 + signal, as in a shell.
struct ProgramResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};

struct ProgramOptions {
  std::size_t largest_file_bytes = 0;          ///< > 0: no file may grow beyond this, which plays a full disk
  std::optional<std::string> standard_output;  ///< where it goes instead of into the result; "": it is closed
  std::function<void(pid_t)> while_it_runs;    ///< called once in the parent after the start, e.g. to send a signal
};

/// Runs `octocal ARGUMENTS...` to its end.
ProgramResult run_octocal(const std::vector<std::string>& arguments, const ProgramOptions& options = {});

}  // namespace octocal::test
