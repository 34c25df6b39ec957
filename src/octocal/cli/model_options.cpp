// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/model_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "octocal/base/error.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::cli {
namespace {

constexpr int kMostStreams = 1024;
constexpr std::int64_t kLargestBatch = 1024;
constexpr std::array<std::string_view, 7> kInfoKeys = {"latent",    "energy_min", "energy_max", "energy_unit",
                                                       "threshold", "geometry",   "response"};

}  // namespace

void add_streams(CLI::App& app, EngineOptions& options) {
  app.add_option(
         "--streams", options.streams,
         "Showers are made in this many streams, each on a core of its own; auto: one a usable core. The showers "
         "do not depend on it")
      ->type_name("auto|N");
  app.add_option("--batch", options.batch, "Showers a stream computes at once. The showers do not depend on it")
      ->type_name("N");
}

void add_model_info(CLI::App& app, EngineOptions& options) {
  app.add_option("--model-info", options.model_info,
                 "What a model trained elsewhere does not say of itself, e.g. latent=sphere, energy_min=10, "
                 "energy_max=100; can be given many times. Without it: latent=paper, 100 to 500 GeV, and a warning")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

std::map<std::string, std::string> parse_model_info(const std::vector<std::string>& texts) {
  constexpr std::string_view kPrefix = "octocal.";
  std::map<std::string, std::string> overrides;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    std::string key = text.substr(0, equals);
    if (key.starts_with(kPrefix)) key.erase(0, kPrefix.size());
    if (equals == std::string::npos || std::find(kInfoKeys.begin(), kInfoKeys.end(), key) == kInfoKeys.end())
      throw bad_input(fmt::format("--model-info {}: is not KEY=VALUE with a known key; the keys are {}", text,
                                  fmt::join(kInfoKeys, ", ")));
    overrides[std::string(kPrefix) + key] = text.substr(equals + 1);
  }
  return overrides;
}

int parse_streams(const std::string& text) {
  if (text == "auto") return 0;
  int streams = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), streams);
  if (error != std::errc() || end != text.data() + text.size() || streams < 1 || streams > kMostStreams)
    throw bad_input(fmt::format("--streams {}: must be auto or a number from 1 to {}; auto is one stream a core", text,
                                kMostStreams));
  return streams;
}

OpenModel open_model(const std::string& file, const std::vector<std::string>& model_info) {
  const auto overrides = parse_model_info(model_info);
  OpenModel model{file, model::read_onnx(file), {}, {}};
  model.info = model::read_generator_info(model.graph, file, overrides);
  model::warn_of_assumptions(model.info, file);
  model.hash = model::graph_hash(model.graph);
  return model;
}

std::unique_ptr<engine::ShowerGenerator> make_generator(const OpenModel& model, const EngineOptions& options,
                                                        std::uint64_t seed) {
  if (options.batch < 1 || options.batch > kLargestBatch)
    throw bad_input(fmt::format("--batch {}: must be from 1 to {}; 8 serves well", options.batch, kLargestBatch));
  engine::GeneratorOptions settings;
  settings.streams = parse_streams(options.streams);
  settings.batch = static_cast<std::size_t>(options.batch);
  settings.seed = seed;
  return std::make_unique<engine::ShowerGenerator>(model.graph, model.info, settings);
}

std::string precision_of(const engine::Program& program) {
  std::set<std::string> precisions;
  for (const auto& layer : program.layers())
    if (layer.macs > 0) precisions.insert(layer.ran);
  return fmt::format("{}", fmt::join(precisions, "+"));
}

nlohmann::json layers_json(const engine::Program& program) {
  auto layers = nlohmann::json::array();
  for (const auto& layer : program.layers())
    layers.push_back({{"layer", layer.layer},
                      {"ops", layer.ops},
                      {"asked", layer.asked},
                      {"ran", layer.ran},
                      {"kernel", layer.kernel},
                      {"reason", layer.reason},
                      {"macs", layer.macs}});
  return layers;
}

std::string layers_table(const engine::Program& program) {
  std::string table =
      fmt::format("{:<28}{:<9}{:<9}{:>9}  {:<42}{}\n", "layer", "asked", "ran", "MMAC", "kernel", "ops");
  for (const auto& layer : program.layers())
    table += fmt::format("{:<28}{:<9}{:<9}{:>9.2f}  {:<42}{}{}\n", layer.layer, layer.asked, layer.ran,
                         static_cast<double>(layer.macs) / 1e6, layer.kernel, layer.ops,
                         layer.reason.empty() ? "" : " (" + layer.reason + ")");
  return table;
}

}  // namespace octocal::cli
