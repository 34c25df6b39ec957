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
#include "octocal/study/generate_run.hpp"
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

GenerateRun::GenerateRun(const GenerateSettings& settings) : settings_(settings) {
  // Cheap checks first, then the model.
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
  model_ = open_model(settings.model, settings.engine.model_info);
  inputs_ = GenerateInputs::open(settings, model_.info);
  showers_ = shower_count(settings, *inputs_);
  check_energy_range(model_, inputs_->min_gev(), inputs_->max_gev(), settings.engine.extrapolate);
}

std::string GenerateRun::recipe() const { return recipe_of(settings_, showers_, inputs_->seed()); }

GenerateResult GenerateRun::describe(std::size_t first, std::size_t showers) {
  GenerateResult result;
  result.showers = showers;
  result.first_shower = inputs_->number(first).number;
  result.seed = inputs_->seed();
  result.energy_min_gev = inputs_->min_gev();
  result.energy_max_gev = inputs_->max_gev();
  if (!generator_) {
    generator_ = make_generator(model_, settings_.engine, result.seed);
    tell_layers(generator_->program().layers(), settings_.every_layer);
  }
  result.streams = generator_->streams();
  result.model_hash = model_.hash;
  result.precision = generator_->program().precision();
  result.layers = generator_->program().layers();
  return result;
}

GenerateResult GenerateRun::make(std::size_t first, std::size_t showers, const std::string& output,
                                 Progress& progress) {
  auto settings = settings_;
  settings.first_shower = static_cast<std::int64_t>(first);
  auto result = describe(first, showers);

  // The output file before the first shower, because making them may take hours.
  const auto& info = model_.info;
  data::WriterOptions layout;
  layout.geometry = {info.nx, info.ny, info.nz};
  layout.compression = settings.compression;
  if (settings.keep_latents) layout.latent_columns = info.latent_size;
  std::optional<data::ShowerWriter> writer;
  if (!output.empty()) writer.emplace(output, layout);

  const auto start = std::chrono::steady_clock::now();
  GeneratedBlocks blocks(settings, first, showers, *inputs_, *generator_, writer ? &*writer : nullptr, progress, made_);
  generator_->make_blocks(blocks.blocks(), blocks);
  result.showers_hash = blocks.showers_hash();
  throw_if_interrupted();
  if (writer) {
    write_provenance(settings, result, *inputs_, *writer);
    writer->finish();
  }
  made_ += showers;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

GenerateResult generate_to_file(const GenerateSettings& settings) {
  GenerateRun run(settings);
  Progress progress("generate", "showers", run.showers());
  auto result = run.make(run.first(), run.showers(), settings.no_output ? "" : settings.output, progress);
  progress.finish();
  return result;
}

}  // namespace octocal::study
