// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "octocal/command_line/app.hpp"

namespace octocal::command_line {

/// What a user types and what it does: `octocal VERB`, or `octocal-train`.
struct Command {
  std::string name;      ///< "octocal info"
  std::string summary;   ///< one line, lower case, without a full stop
  std::string examples;  ///< two or three real command lines, one a line
  /// Adds the options to a fresh app and returns what to do once they are parsed. The app lives until that has
  /// returned.
  std::function<std::function<void()>(App& app)> define;
};

/// Parses the arguments (without the name) and runs the command, with the options that all commands have: --help,
/// --config, --dump-config, --quiet and --verbose. Before it runs, its files are claimed (app.hpp). Errors: bad_input,
/// a sentence that names the option and ends in "see NAME --help"; those of RunFiles::claim; and what the command
/// itself throws.
void run_command(const Command& command, std::vector<std::string> arguments);

/// All settings of a parsed command, defaults included, as TOML that --config reads back. `without` names options
/// (without dashes) to leave out, e.g. those that do not change the result, so that outputs with the same contents are
/// the same.
std::string settings_toml(const CLI::App& app, const std::vector<std::string>& without = {});

}  // namespace octocal::command_line
