// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace octocal::cli {

/// Runs `octocal ARGUMENTS...` (without the program's name) and returns the exit code: 0; 1 the run failed; 2 the
/// command line or an input is wrong; 130 interrupted. Every failure is one line on stderr. Does not throw.
int run_command_line(const std::vector<std::string>& arguments) noexcept;

}  // namespace octocal::cli
