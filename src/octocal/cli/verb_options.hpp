// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "octocal/cli/verb.hpp"
#include "octocal/command_line/command.hpp"

namespace octocal::cli {

/// --seed N, shown with its default.
void add_seed(App& app, std::uint64_t& seed);

/// -e,--energy: a text for study::Energies, which may be a file. `otherwise` says what holds without it.
CLI::Option* add_energy(App& app, std::string& energy, const std::string& otherwise);

/// -n,--showers N.
template <typename Count>
CLI::Option* add_showers(App& app, Count& showers, const std::string& help) {
  return app.add_option("-n,--showers", showers, help)->type_name("N");
}

/// --compression: a text for data::Compression, shown with its default.
void add_compression(App& app, std::string& compression);

/// More showers than these are made in parts, with other seeds.
inline constexpr std::int64_t kMostShowers = 1'000'000'000'000;

/// --json FILE: where the numbers go for programs.
void add_json(App& app, std::string& file);

/// Writes `document` to `file`, indented, complete or absent; does nothing if no file is named.
/// Errors: as write_text_file.
void write_json(const std::string& file, const nlohmann::json& document);

using command_line::settings_toml;

}  // namespace octocal::cli
