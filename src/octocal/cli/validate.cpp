// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/cli/cell_teller.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/validate_tables.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/study/validation_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kExamples =
    "  octocal validate --reference g4.h5 --model generator.onnx --model generator-int8.onnx --json validation.json\n"
    "  octocal validate --reference 'geant4/*.h5' --showers 5000 --model generator-int8.onnx --strict\n"
    "  octocal validate --reference g4.h5 --sample generated.h5\n"
    "  octocal validate --reference test.h5 --model generator.onnx --showers-per-reference 10 --training 'train/*.h5'";

using study::SampleIdentity;
using study::SampleSource;

constexpr const char* kReferenceName = "Geant4";
constexpr std::int64_t kMostPerReference = 10'000;

struct Settings {
  std::vector<std::string> references;
  std::vector<std::string> models;
  std::vector<std::string> samples;
  std::vector<std::string> training;
  std::int64_t showers = 0;
  std::int64_t showers_per_reference = 1;
  bool no_classifier = false;
  bool no_neighbours = false;
  bool cell_classifier = false;
  std::uint64_t seed = 1;
  EngineOptions engine;
  bool extrapolate = false;
  bool strict = false;
  std::string limits;
  std::string json;
};

std::vector<std::unique_ptr<SampleSource>> open_sources(const Settings& settings) {
  if (settings.showers < 0) {
    throw bad_input(fmt::format("--showers {}: must be one or more; leave it out for all showers of the reference",
                                settings.showers));
  }
  if (settings.showers_per_reference < 1 || settings.showers_per_reference > kMostPerReference) {
    throw bad_input(
        fmt::format("--showers-per-reference {}: must be from 1 to {}; 10 makes the model's own error small",
                    settings.showers_per_reference, kMostPerReference));
  }
  if (!settings.training.empty() && settings.no_neighbours) {
    throw bad_input("--training: is of no use with --no-neighbours; leave one of them out");
  }
  const auto most = static_cast<std::size_t>(settings.showers);
  std::vector<std::unique_ptr<SampleSource>> sources;
  sources.push_back(study::open_shower_files(settings.references, "reference", most));
  sources.front()->rename(kReferenceName);
  // Shower i is made at the energy of reference shower i modulo their number: the first ones are those of one each.
  const auto& once = sources.front()->energies_gev();
  std::vector<float> energies;
  for (std::int64_t i = 0; i < settings.showers_per_reference; ++i) {
    energies.insert(energies.end(), once.begin(), once.end());
  }
  const auto engine = settings.engine.settings();
  for (const auto& file : settings.models) {
    sources.push_back(study::open_model_source(study::open_model(file, engine.model_info), engine, settings.seed,
                                               energies, settings.extrapolate));
  }
  for (const auto& file : settings.samples) sources.push_back(study::open_shower_files({file}, "file", most));
  study::name_samples(sources);
  return sources;
}

/// A quantized model that was made of another network than the float32 models it is shown beside.
std::vector<std::string> source_warnings(const std::vector<std::unique_ptr<SampleSource>>& sources) {
  std::vector<std::string> warnings;
  for (const auto& source : sources) {
    const SampleIdentity& identity = source->identity();
    const auto origin = identity.metadata.find("octocal.source_model");
    if (identity.kind != "model" || origin == identity.metadata.end()) continue;
    const SampleIdentity* beside = nullptr;
    bool found = false;
    for (const auto& other : sources) {
      if (other->identity().kind != "model" || other->identity().precision != "float32") continue;
      beside = beside != nullptr ? beside : &other->identity();
      found = found || other->identity().model_hash == origin->second;
    }
    if (found || beside == nullptr) continue;
    warnings.push_back(fmt::format(
        "{}: was not made from {} (it says that its float32 model has the hash {}, this one has {}), so table 5 shows "
        "more than quantization; quantize {} again",
        identity.file, beside->file, origin->second, beside->model_hash.value_or("none"), beside->file));
  }
  return warnings;
}

/// Of one file its hash, of several the hash of their hashes.
std::string hash_of(const std::vector<std::string>& files) {
  if (files.size() == 1) return hash_file(files.front());
  Hasher hasher;
  for (const auto& file : files) {
    const std::string hash = hash_file(file);
    hasher.update(std::span<const char>(hash));
  }
  return hasher.hex();
}

nlohmann::json settings_json(const Settings& settings, const std::string& limits_name, std::size_t showers) {
  return {{"reference", settings.references},
          {"models", settings.models},
          {"samples", settings.samples},
          {"training", settings.training},
          {"showers", showers},
          {"showers_per_reference", settings.showers_per_reference},
          {"seed", settings.seed},
          {"streams", settings.engine.streams},
          {"batch", settings.engine.batch},
          {"extrapolate", settings.extrapolate},
          {"overrides", parse_model_info(settings.engine.model_info)},
          {"limits", limits_name}};
}

void run(const Settings& settings) {
  // What would fail at the end fails at once: an output that cannot be written, limits that cannot be read.
  if (!settings.json.empty()) PendingFile probe(settings.json);
  const physics::Limits limits =
      settings.limits.empty() ? physics::shipped_limits() : physics::read_limits(settings.limits);

  const auto sources = open_sources(settings);
  const auto warnings = source_warnings(sources);
  for (const auto& warning : warnings) log_warning(warning);
  study::MeasureOptions options;
  options.classifier = !settings.no_classifier;
  options.neighbours = !settings.no_neighbours;
  options.seed = settings.seed;
  options.training = settings.training;
  study::TellByCells tell;
  if (settings.cell_classifier) tell = cell_teller();
  auto samples = study::measure(sources, study::table5_base(sources), "validate", options);
  if (tell) study::classify_by_cells(sources, settings.seed, tell, samples);
  bool all_met = true;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    samples[i].verdicts = physics::judge(samples[i].result.comparisons, limits, kReferenceName);
    for (const auto& verdict : samples[i].verdicts) all_met = all_met && verdict.pass;
  }

  if (!settings.json.empty()) {
    study::ValidationHead head;
    head.settings = settings_json(settings, limits.name, samples.front().result.showers);
    head.reference_files = data::expand_shower_files(settings.references);
    head.reference_hash = hash_of(head.reference_files);
    head.geometry = sources.front()->geometry();
    head.limits = limits;
    head.warnings = warnings;
    write_json(settings.json, study::validation_json(head, samples));
  }
  const auto& range = samples.front().result.response;
  const std::string each = settings.showers_per_reference == 1
                               ? ""
                               : fmt::format(" ({} from each model for every one)", settings.showers_per_reference);
  fmt::print("{} showers of {:.0f} to {:.0f} GeV{}; errors: one standard deviation; floor: between halves of {}\n\n",
             samples.front().result.showers, range.energy_low_gev, range.energy_high_gev, each, kReferenceName);
  for (const auto text : {table3_text, table4_text, table5_text, response_text, spread_text, correlation_text,
                          classifier_text, neighbour_text, speed_text, limits_text, verdict_text}) {
    if (const std::string part = text(samples); !part.empty()) fmt::print("{}\n", part);
  }
  if (settings.strict && !all_met) {
    throw run_failed("validate: a limit is not met (the lines with FAIL say which); leave out --strict to accept it");
  }
}

std::function<void()> define(CLI::App& app) {
  auto settings = std::make_shared<Settings>();
  app.add_option("--reference", settings->references, "Geant4 showers: HDF5 files or globs; several are one sample")
      ->required()
      ->type_name("FILE");
  app.add_option("--model", settings->models,
                 "ONNX generator, any number of them; each makes a shower for every energy of the reference, all from "
                 "the same latents. Table 5 is counted from the first float32 one")
      ->type_name("FILE");
  app.add_option("--sample", settings->samples, "File of showers to be validated as it is, any number of them")
      ->type_name("FILE");
  app.add_option("--training", settings->training,
                 "Showers that the models were trained on: HDF5 files or globs. Tells whether a model repeats them "
                 "(nearest neighbours); without it the reference takes their place")
      ->type_name("FILE");
  app.add_option("--showers-per-reference", settings->showers_per_reference,
                 "Showers that each model makes at the energy of every reference shower. 10 leave only the reference's "
                 "statistical error, at ten times the time")
      ->type_name("N");
  app.add_flag("--no-classifier", settings->no_classifier, "Leave out the classifier on profiles and moments");
  app.add_flag(
      "--cell-classifier", settings->cell_classifier,
      "Train a convolutional network to tell each sample from the reference by its cells, too: a minute or two "
      "for each sample (the first 1,000 showers; needs an octocal with the trainer)");
  app.add_flag("--no-neighbours", settings->no_neighbours, "Leave out the nearest neighbours");
  app.add_option("--showers", settings->showers, "Use the first N showers of the reference; 0: all")->type_name("N");
  add_seed(app, settings->seed);
  add_streams(app, settings->engine);
  add_model_info(app, settings->engine);
  app.add_flag("--extrapolate", settings->extrapolate, "Accept energies outside a model's range");
  app.add_option("--limits", settings->limits, "Judge by the limits of this JSON file (default: those that ship)")
      ->type_name("FILE");
  app.add_flag("--strict", settings->strict, "Exit with 1 if a limit is not met");
  add_json(app, settings->json);
  return [settings] { run(*settings); };
}

const Verb verb({"validate", "set models and samples against Geant4", kExamples, define});

}  // namespace
}  // namespace octocal::cli
