// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace octocal::command_line {

/// A message of the rooms below for who sees a command line: settings, which stand there between backquotes as C++ and
/// Python call them (`showers_per_reference`), become options (--showers-per-reference). What is no option of the verb
/// stays as it is.
std::string with_options(const std::string& message, const CLI::App& app);

}  // namespace octocal::command_line
