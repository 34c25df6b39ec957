// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "octocal/engine/shower_generator.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::cli {

/// Options of every verb that runs generators, except for the model's name.
struct EngineOptions {
  std::string streams = "auto";         ///< "auto" or 1 .. 1024
  std::int64_t batch = 8;               ///< showers a stream computes at once, 1 .. 1024
  std::vector<std::string> model_info;  ///< KEY=VALUE, for a model without octocal metadata
};

/// --streams, --batch.
void add_streams(CLI::App& app, EngineOptions& options);
/// --model-info KEY=VALUE, any number of times.
void add_model_info(CLI::App& app, EngineOptions& options);

/// What --model-info says, keys with "octocal." in front. Error: bad_input for a text without "=" or an unknown key.
std::map<std::string, std::string> parse_model_info(const std::vector<std::string>& texts);

/// What --streams says: 0 for "auto". Error: bad_input.
int parse_streams(const std::string& text);

/// A model file, read and checked.
struct OpenModel {
  std::string file;
  model::Graph graph;
  model::GeneratorInfo info;
  std::string hash;  ///< model::graph_hash
};

/// Errors: bad_input (see read_onnx, read_generator_info).
OpenModel open_model(const std::string& file, const std::vector<std::string>& model_info = {});

/// Compiles the model for this machine. Errors: bad_input.
std::unique_ptr<engine::ShowerGenerator> make_generator(const OpenModel& model, const EngineOptions& options,
                                                        std::uint64_t seed);

/// The precision that runs: "float32" or "int8" if all multiply-accumulates agree, else e.g. "float32+int8".
std::string precision_of(const engine::Program& program);

/// What ran per layer: for --json and file attributes, and as a table for eyes.
nlohmann::json layers_json(const engine::Program& program);
std::string layers_table(const engine::Program& program);

}  // namespace octocal::cli
