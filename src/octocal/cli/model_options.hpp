// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "octocal/cli/verb.hpp"
#include "octocal/study/open_model.hpp"

namespace octocal::cli {

/// Options of every verb that runs generators, except for the model's name.
struct EngineOptions {
  std::string streams = "auto";         ///< "auto" or 1 .. engine::kMostStreams
  std::string affinity;                 ///< name of an engine::Affinity; "": engine::affinity_of_program()
  std::int64_t batch = 8;               ///< showers a stream computes at once, 1 .. 1024
  std::vector<std::string> model_info;  ///< KEY=VALUE, for a model without octocal metadata
  bool extrapolate = false;             ///< of the verbs that take energies

  /// What the options say. Error: bad_input naming the option.
  study::EngineSettings settings() const;
};

/// Models that are read, and with them what they keep in other files beside them.
CLI::Option* add_model(App& app, const std::string& names, std::string& file, const std::string& help);
CLI::Option* add_models(App& app, const std::string& names, std::vector<std::string>& files, const std::string& help);

/// --streams, --affinity, --batch.
void add_streams(App& app, EngineOptions& options);
/// --model-info KEY=VALUE, any number of times.
void add_model_info(App& app, EngineOptions& options);

/// What --model-info says, keys with "octocal." in front. Error: bad_input for a text without "=" or an unknown key.
std::map<std::string, std::string> parse_model_info(const std::vector<std::string>& texts);

/// What --streams says: 0 for "auto". Error: bad_input.
int parse_streams(const std::string& text);

}  // namespace octocal::cli
