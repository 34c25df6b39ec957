// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace octocal::cli {

/// --seed N, shown with its default.
void add_seed(CLI::App& app, std::uint64_t& seed);

/// --json FILE: where the numbers go for programs.
void add_json(CLI::App& app, std::string& file);

/// Writes `document` to `file`, indented, complete or absent; does nothing if no file is named.
/// Errors: bad_input if it cannot be written.
void write_json(const std::string& file, const nlohmann::json& document);

/// All settings of a parsed verb, defaults included, as TOML that --config reads back. `without` names options (without
/// dashes) to leave out, e.g. those that do not change the result, so that outputs with the same contents are the same.
std::string settings_toml(const CLI::App& app, const std::vector<std::string>& without = {});

}  // namespace octocal::cli
