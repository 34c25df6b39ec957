// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace octocal::command_line {

/// CLI11's complaint about the command line in our form: one sentence that names the option, and the one that was meant
/// where that can be guessed.
std::string sentence_of(const CLI::ParseError& error, const CLI::App& app);

}  // namespace octocal::command_line
