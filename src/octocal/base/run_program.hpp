// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

namespace octocal {

/// Prepares the process of a program: Ctrl-C, SIGTERM and the like are noted (interrupt.hpp), a limit on file sizes makes a write
/// fail as a full disk does, and standard streams that the caller closed lead to /dev/null, so that no output file gets
/// their number and what is meant for the terminal. Call it first in main.
void prepare_process();

/// Runs what a program does and returns its exit code: 0; 1 the run failed, or its standard output could not be
/// written; 2 the command line or an input is wrong; 130 interrupted. Whatever is thrown becomes one line on stderr.
/// `memory_advice` says which options save memory: "try a smaller --batch". Does not throw.
int run_program(const std::function<void()>& body, const char* memory_advice) noexcept;

}  // namespace octocal
