// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/validate_tables.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/study/energies.hpp"
#include "octocal/study/validation_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kExamples =
    "  octocal compare float32.h5 int8.h5\n"
    "  octocal compare generator.onnx generator-int8.onnx --showers 2000\n"
    "  octocal compare generator.onnx from_another_runtime.h5 --same-latents";

using study::MeasuredSample;
using study::OpenModel;
using study::SampleSource;

struct Settings {
  std::array<std::string, 2> files;
  std::string energy;
  std::int64_t showers = 0;
  std::uint64_t seed = 1;
  bool seed_given = false;
  EngineOptions engine;
  bool extrapolate = false;
  bool same_latents = false;
  std::string json;
};

constexpr std::size_t kDefaultShowers = 1000;
constexpr std::int64_t kMostShowers = 1'000'000'000;

/// Files of showers begin with HDF5's signature; whatever else is left to the reader of models.
bool holds_showers(const std::string& file) {
  constexpr std::array<char, 8> kSignature{'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 8> begin{};
  return stream.read(begin.data(), begin.size()) && begin == kSignature;
}

/// Energies for two models: as asked, or all over the range that both were made for.
std::vector<float> energies_for(const Settings& settings, const OpenModel& a, const OpenModel& b) {
  std::string text = settings.energy;
  if (text.empty()) {
    const double low = std::max(a.info.energy_min_gev, b.info.energy_min_gev);
    const double high = std::min(a.info.energy_max_gev, b.info.energy_max_gev);
    if (low > high) {
      throw bad_input(fmt::format(
          "{} and {}: no energy is in the range of both ({:.6g} to {:.6g} and {:.6g} to {:.6g} "
          "GeV); give --energy and --extrapolate",
          a.file, b.file, a.info.energy_min_gev, a.info.energy_max_gev, b.info.energy_min_gev, b.info.energy_max_gev));
    }
    text = fmt::format("{}:{}", low, high);
  }
  const auto energies = study::Energies::parse(text, settings.seed);
  std::size_t count =
      settings.showers > 0 ? static_cast<std::size_t>(settings.showers) : energies.count().value_or(kDefaultShowers);
  if (energies.count() && count > *energies.count()) {
    throw bad_input(
        fmt::format("--showers {}: {} holds only {} showers; ask for fewer", count, text, *energies.count()));
  }
  std::vector<float> values(count);
  energies.fill(0, values);
  return values;
}

std::vector<std::unique_ptr<SampleSource>> open_sources(const Settings& settings) {
  if (settings.showers < 0 || settings.showers > kMostShowers) {
    throw bad_input(
        fmt::format("--showers {}: must be from 1 to {}; leave it out for all", settings.showers, kMostShowers));
  }
  const auto most = static_cast<std::size_t>(settings.showers);
  const std::array<bool, 2> is_file{holds_showers(settings.files[0]), holds_showers(settings.files[1])};
  std::vector<std::unique_ptr<SampleSource>> sources(2);
  std::array<std::unique_ptr<OpenModel>, 2> models;
  const auto engine = settings.engine.settings();
  for (std::size_t i = 0; i < 2; ++i) {
    if (is_file[i]) {
      sources[i] = study::open_shower_files({settings.files[i]}, "file", most);
    } else {
      models[i] = std::make_unique<OpenModel>(study::open_model(settings.files[i], engine.model_info));
    }
  }
  const std::size_t other[] = {1, 0};
  std::vector<float> energies;
  if (models[0] && models[1]) energies = energies_for(settings, *models[0], *models[1]);
  for (std::size_t i = 0; i < 2; ++i) {
    if (!models[i]) continue;
    std::uint64_t seed = settings.seed;
    if (is_file[other[i]]) {
      // A model against a file: at the file's energies and, unless another is asked for, with the file's seed.
      const SampleSource& file = *sources[other[i]];
      energies = file.energies_gev();
      if (!settings.seed_given) seed = file.identity().seed.value_or(seed);
    }
    sources[i] = study::open_model_source(*models[i], engine, seed, energies, settings.extrapolate);
  }
  if (sources[0]->identity().name == sources[1]->identity().name) study::name_samples(sources);
  return sources;
}

/// One line: are the two the same, and in what sense.
std::string statement(const Settings& settings, const std::vector<MeasuredSample>& samples, bool* identical) {
  const auto &a = settings.files[0], &b = settings.files[1];
  *identical = true;
  if (hash_file(a) == hash_file(b)) return fmt::format("{} and {} are identical, byte for byte.", a, b);
  const auto& pixels = samples[1].table5;
  const bool same_showers = pixels && pixels->differing_cells == 0;
  const auto &first = samples[0].identity, &second = samples[1].identity;
  if (first.kind == "model" && second.kind == "model" && first.model_hash == second.model_hash) {
    return fmt::format("{} and {} hold the same network (other metadata).", a, b);
  }
  if (same_showers) return fmt::format("{} and {} give the same {} showers, cell by cell.", a, b, pixels->showers);
  *identical = false;
  return fmt::format("{} and {} are not identical.", a, b);
}

std::string why_no_pairs(const std::vector<std::unique_ptr<SampleSource>>& sources) {
  if (sources[0]->energies_gev() != sources[1]->energies_gev()) {
    return "no comparison cell by cell (table 5): the primary energies differ";
  }
  return "no comparison cell by cell (table 5): the samples do not say that they were made from the same latents; if "
         "they were, give --same-latents";
}

nlohmann::json side_json(const MeasuredSample& sample) {
  nlohmann::json object{{"name", sample.identity.name},
                        {"kind", sample.identity.kind},
                        {"file", sample.identity.file},
                        {"showers", sample.result.showers},
                        {"model_hash", nullptr},
                        {"latents", sample.identity.latents},
                        {"table3", study::table3_json(sample.result)}};
  if (sample.identity.model_hash) object["model_hash"] = *sample.identity.model_hash;
  return object;
}

void run(const Settings& settings, const std::string& settings_toml_text) {
  if (!settings.json.empty()) PendingFile probe(settings.json);
  const auto sources = open_sources(settings);
  const bool same_energies = sources[0]->energies_gev() == sources[1]->energies_gev();
  if (settings.same_latents && !same_energies) {
    throw bad_input(fmt::format(
        "--same-latents: {} and {} have other primary energies or another number of showers "
        "({} and {}), so they cannot have the same latents; leave it out",
        settings.files[0], settings.files[1], sources[0]->energies_gev().size(), sources[1]->energies_gev().size()));
  }
  auto samples = study::measure(sources, 0, "compare", {.whatever_latents = true});
  bool identical = false;
  const std::string line = statement(settings, samples, &identical);
  const auto &a = samples[0].identity.latents, &b = samples[1].identity.latents;
  const bool pairs = same_energies && (settings.same_latents || identical || (!a.empty() && a == b));
  if (!pairs) samples[1].table5.reset();

  nlohmann::json document{{"format", "octocal-comparison-1"},
                          {"octocal_version", version()},
                          {"settings", settings_toml_text},
                          {"identical", identical},
                          {"statement", line},
                          {"a", side_json(samples[0])},
                          {"b", side_json(samples[1])},
                          {"table4", study::table4_json(*samples[1].result.table4)},
                          {"table5", nullptr},
                          {"comparisons", study::comparisons_json(samples[1].result.comparisons)}};
  if (samples[1].table5) document["table5"] = study::table5_json(*samples[1].table5, samples[0].identity.name);
  write_json(settings.json, document);

  fmt::print("{}\n", line);
  for (const auto& sample : samples) {
    fmt::print("{}: {} showers ({})\n", sample.identity.name, sample.result.showers, sample.identity.file);
  }
  fmt::print("\n{}\n{}\n", table3_text(samples), table4_text(samples));
  fmt::print("{}\n", samples[1].table5 ? table5_text(samples) : why_no_pairs(sources));
}

std::function<void()> define(CLI::App& app) {
  auto settings = std::make_shared<Settings>();
  app.add_option("A", settings->files[0], "HDF5 file of showers, or ONNX generator; the floors are counted from it")
      ->required();
  app.add_option("B", settings->files[1], "The same, to be set against A")->required();
  app.add_option("--energy", settings->energy,
                 "Of two models: a range 100:500, an energy 250, a list, or a file of showers (default: the range that "
                 "both were made for). A model against a file has the file's energies")
      ->type_name("GEV|FILE");
  app.add_option("--showers", settings->showers, "Showers to compare; 0: all of a file, 1000 of two models")
      ->type_name("N");
  add_seed(app, settings->seed);
  add_streams(app, settings->engine);
  add_model_info(app, settings->engine);
  app.add_flag("--extrapolate", settings->extrapolate, "Accept energies outside a model's range");
  app.add_flag("--same-latents", settings->same_latents,
               "Compare cell by cell: A and B were made from the same latents although they do not say so");
  add_json(app, settings->json);
  return [settings, &app] {
    settings->seed_given = app.count("--seed") > 0;
    run(*settings, settings_toml(app, {"json", "streams", "batch"}));
  };
}

const Verb verb({"compare", "tell how two samples or models differ", kExamples, define});

}  // namespace
}  // namespace octocal::cli
