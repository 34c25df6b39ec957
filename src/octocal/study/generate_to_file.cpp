// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/generate_to_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/run_files.hpp"
#include "octocal/data/shower_writer.hpp"
#include "octocal/model/onnx_beside.hpp"
#include "octocal/study/energies.hpp"
#include "octocal/study/generate_inputs.hpp"
#include "octocal/study/generated_blocks.hpp"
#include "octocal/study/latent_identity.hpp"
#include "octocal/study/layer_table.hpp"
#include "octocal/study/layers_json.hpp"
#include "octocal/study/sample_slice.hpp"

namespace octocal::study {
namespace {

constexpr std::int64_t kMostShowers = 1'000'000'000'000;
constexpr std::int64_t kDefaultShowers = 1000;

/// How many showers to make. Error: bad_input.
std::size_t shower_count(const GenerateSettings& settings, const GenerateInputs& inputs) {
  const auto first = static_cast<std::size_t>(settings.first_shower);
  if (!inputs.count()) return static_cast<std::size_t>(settings.showers.value_or(kDefaultShowers));
  const auto there = *inputs.count();
  if (first >= there)
    throw bad_input(fmt::format("`first_shower` {}: {} holds only {} showers, numbered from 0; begin at one of them",
                                first, inputs.origin(), there));
  const auto showers = static_cast<std::size_t>(settings.showers.value_or(static_cast<std::int64_t>(there - first)));
  if (showers > there - first)
    throw bad_input(fmt::format("`showers` {}: {} holds only {} showers{}; ask for fewer", showers, inputs.origin(),
                                there, first == 0 ? "" : fmt::format(", {} of them from {} on", there - first, first)));
  return showers;
}

/// Tells (verbosely) what runs.
void tell_layers(const std::vector<engine::LayerReport>& layers, bool every) {
  std::istringstream lines(layer_table(layers, every));
  for (std::string line; std::getline(lines, line);) log_verbose(line);
}

/// A text in double quotes, as TOML has it.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') result += '\\';
    if (static_cast<unsigned char>(letter) < 0x20)
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(letter));
    else
      result += letter;
  }
  return result + "\"";
}

/// What `octocal generate --config` would read to make the same showers: TOML. What does not change the showers stays
/// out, so that the same showers are the same file.
std::string recipe_of(const GenerateSettings& settings, std::size_t showers, std::uint64_t seed) {
  std::string text = fmt::format("model={}\n", quoted(settings.model));
  if (!settings.energy.empty()) text += fmt::format("energy={}\n", quoted(settings.energy));
  if (settings.first_shower > 0) text += fmt::format("first-shower={}\n", settings.first_shower);
  text += fmt::format("showers={}\n", showers);
  text += fmt::format("seed={}\n", seed);
  if (!settings.latents.empty()) text += fmt::format("latents={}\n", quoted(settings.latents));
  text += fmt::format("keep-latents={}\nextrapolate={}\n", settings.keep_latents, settings.engine.extrapolate);
  std::vector<std::string> pairs;
  for (const auto& [key, value] : settings.engine.model_info) pairs.push_back(quoted(key + "=" + value));
  if (!pairs.empty()) text += fmt::format("model-info=[{}]\n", fmt::join(pairs, ", "));
  return text;
}

/// How the file came to be; docs/formats.md has the table.
void write_provenance(const GenerateSettings& settings, const GenerateResult& result, const GenerateInputs& inputs,
                      data::ShowerWriter& writer) {
  writer.set_attribute("octocal.version", version());
  writer.set_attribute("octocal.model", std::filesystem::path(settings.model).filename().string());
  writer.set_attribute("octocal.model_hash", result.model_hash);
  writer.set_attribute("octocal.precision", result.precision);
  writer.set_attribute(kSeedAttribute, std::to_string(result.seed));
  writer.set_attribute("octocal.energy", inputs.origin());
  if (!inputs.energies_hash().empty()) writer.set_attribute(kEnergiesHashAttribute, inputs.energies_hash());
  writer.set_attribute(kFirstShowerAttribute, std::to_string(result.first_shower));
  writer.set_attribute("octocal.latents",
                       latent_identity_from(inputs.identity(), static_cast<std::uint64_t>(settings.first_shower)));
  writer.set_attribute("octocal.layers", layers_json(result.layers).dump());
  writer.set_attribute("octocal.settings", recipe_of(settings, result.showers, result.seed));
  writer.set_attribute("octocal.showers_hash", result.showers_hash);
}

}  // namespace

GenerateResult generate_to_file(const GenerateSettings& settings) {
  // Cheap checks first, then the model; the output file before the first shower, because making them may take hours.
  RunFiles files;
  files.reads("`model`", settings.model);
  files.reads("`model`", model::onnx_files_beside(settings.model));
  files.reads("`latents`", settings.latents);
  files.reads("`energy`", Energies::files_of(settings.energy));
  if (!settings.no_output) files.writes("`output`", settings.output);
  files.claim();
  const auto asked = settings.showers.value_or(1);
  if (asked < 1 || asked > kMostShowers)
    throw bad_input(fmt::format("`showers` {}: must be from 1 to {}; make larger samples in parts, with other seeds",
                                asked, kMostShowers));
  if (settings.first_shower < 0 || settings.first_shower > kMostShowers)
    throw bad_input(
        fmt::format("`first_shower` {}: must be from 0 to {}; make larger samples in parts, with other seeds",
                    settings.first_shower, kMostShowers));
  const auto model = open_model(settings.model, settings.engine.model_info);
  const auto& info = model.info;
  const auto inputs = GenerateInputs::open(settings, info);
  GenerateResult result;
  result.showers = shower_count(settings, *inputs);
  result.first_shower = inputs->number(static_cast<std::size_t>(settings.first_shower)).number;
  result.seed = inputs->seed();
  result.energy_min_gev = inputs->min_gev();
  result.energy_max_gev = inputs->max_gev();
  check_energy_range(model, inputs->min_gev(), inputs->max_gev(), settings.engine.extrapolate);

  data::WriterOptions layout;
  layout.geometry = {info.nx, info.ny, info.nz};
  layout.compression = settings.compression;
  if (settings.keep_latents) layout.latent_columns = info.latent_size;
  std::optional<data::ShowerWriter> writer;
  if (!settings.no_output) writer.emplace(settings.output, layout);

  const auto generator = make_generator(model, settings.engine, result.seed);
  result.streams = generator->streams();
  result.model_hash = model.hash;
  result.precision = generator->program().precision();
  result.layers = generator->program().layers();
  tell_layers(result.layers, settings.every_layer);

  const auto start = std::chrono::steady_clock::now();
  GeneratedBlocks blocks(settings, static_cast<std::size_t>(settings.first_shower), result.showers, *inputs, *generator,
                         writer ? &*writer : nullptr);
  generator->make_blocks(blocks.blocks(), blocks);
  result.showers_hash = blocks.showers_hash();
  throw_if_interrupted();
  if (writer) {
    write_provenance(settings, result, *inputs, *writer);
    writer->finish();
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace octocal::study
