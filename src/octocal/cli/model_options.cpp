// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/model_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/model/onnx_beside.hpp"

namespace octocal::cli {
namespace {

constexpr std::int64_t kLargestBatch = 1024;
constexpr std::array<std::string_view, 7> kInfoKeys = {"latent",    "energy_min", "energy_max", "energy_unit",
                                                       "threshold", "geometry",   "response"};

}  // namespace

CLI::Option* add_model(App& app, const std::string& names, std::string& file, const std::string& help) {
  auto* option = app.add_input(names, file, help);
  app.declare_files([option, &file](RunFiles& all) { all.reads(option->get_name(), model::onnx_files_beside(file)); });
  return option;
}

CLI::Option* add_models(App& app, const std::string& names, std::vector<std::string>& files, const std::string& help) {
  auto* option = app.add_inputs(names, files, help, App::Names::kLiteral);
  app.declare_files([option, &files](RunFiles& all) {
    for (const auto& file : files) all.reads(option->get_name(), model::onnx_files_beside(file));
  });
  return option;
}

void add_streams(App& app, EngineOptions& options) {
  app.add_option(
         "--streams", options.streams,
         "Showers are made in this many streams, each on a core of its own; auto: one a usable core. The showers "
         "do not depend on it")
      ->type_name("auto|N");
  app.add_option(
         "--affinity", options.affinity,
         "Cores of the streams. compact: stream s on usable core s; spread: evenly over the usable cores; none: "
         "wherever this process may run. Without it: compact if there is one stream a usable core (octocal then "
         "has them to itself), else none. One stream is never pinned. The showers do not depend on it")
      ->type_name("compact|spread|none");
  app.add_option("--batch", options.batch, "Showers a stream computes at once. The showers do not depend on it")
      ->type_name("N")
      ->check(from_to(1, kLargestBatch));
}

void add_model_info(App& app, EngineOptions& options) {
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
  if (error != std::errc() || end != text.data() + text.size() || streams < 1 || streams > engine::kMostStreams)
    throw bad_input(fmt::format("--streams {}: must be auto or a number from 1 to {}; auto is one stream a core", text,
                                engine::kMostStreams));
  return streams;
}

study::EngineSettings EngineOptions::settings() const {
  if (batch < 1 || batch > kLargestBatch)
    throw bad_input(fmt::format("--batch {}: must be from 1 to {}; 8 serves well", batch, kLargestBatch));
  const int count = parse_streams(streams);
  study::EngineSettings settings{count, static_cast<std::size_t>(batch), parse_model_info(model_info), extrapolate};
  settings.affinity = affinity.empty() ? engine::affinity_of_program(count == 0 ? usable_cores() : count)
                                       : engine::affinity_from(affinity);
  return settings;
}

}  // namespace octocal::cli
