// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/verb_options.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "octocal/base/pending_file.hpp"

namespace octocal::cli {

void add_seed(CLI::App& app, std::uint64_t& seed) {
  app.add_option("--seed", seed, "Seed of all random numbers: the same seed, the same result")->type_name("N");
}

void add_json(CLI::App& app, std::string& file) {
  app.add_option("--json", file, "Write the numbers to this file, for programs")->type_name("FILE");
}

void write_json(const std::string& file, const nlohmann::json& document) {
  if (!file.empty()) write_text_file(file, document.dump(2) + "\n");
}

std::string settings_toml(const CLI::App& app, const std::vector<std::string>& without) {
  std::istringstream lines(app.config_to_str(true, false));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const auto name = line.substr(0, line.find('='));
    if (line.empty() || line.ends_with("=\"\"") || line.ends_with("=[]")) continue;  // not given, and no default
    if (std::find(without.begin(), without.end(), name) == without.end()) kept += line + "\n";
  }
  return kept;
}

}  // namespace octocal::cli
