// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace octocal::cli {

/// Lets the program of that name, which lies in the folder of the running one (links followed), take its place: the same
/// process, streams and arguments. Call it before anything is printed or written. Error: bad_input if it is not there or
/// does not start.
[[noreturn]] void run_instead(const std::string& program, const std::vector<std::string>& arguments);

/// What the user typed behind the program's name, as run_command_line was given it; for run_instead.
const std::vector<std::string>& given_arguments() noexcept;
void remember_arguments(const std::vector<std::string>& arguments);

}  // namespace octocal::cli
