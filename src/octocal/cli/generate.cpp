// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/error.hpp"
#include "octocal/base/number_text.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/ranks/ranks.hpp"
#include "octocal/study/generate_by_ranks.hpp"
#include "octocal/study/generate_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kGenerateExamples =
    "  octocal generate --model models/generator-int8.onnx --energy 100:500 --showers 1000 --seed 7 -o showers.h5\n"
    "  octocal generate --model models/generator.onnx --energy data/electrons_000.h5 -o like_geant4.h5 --verbose\n"
    "  octocal generate --model models/cells-int8.onnx --first-shower 5000 --showers 1000 -o part5.h5\n"
    "  mpirun -n 16 octocal generate --model models/cells-int8.onnx --showers 1000000 -o sample.h5   (a build with "
    "MPI)\n"
    "  octocal generate --model mine.onnx --model-info latent=paper --model-info energy_min=100 \\\n"
    "      --model-info energy_max=500 --energy 250 --keep-latents -o mine.h5";

void run(const study::GenerateSettings& settings, const std::string& json_file, ranks::Ranks& ranks) {
  if (settings.output.empty() && !settings.no_output)
    throw bad_input(
        "--output is missing (or name --no-output, to make showers for their timing alone); see octocal generate "
        "--help");
  const auto result = study::generate_by_ranks(settings, ranks);
  if (!ranks.first()) return;
  write_json(json_file, study::generate_json(result, settings));
  const auto slice = result.first_shower == 0 ? "" : fmt::format(", from shower {} on", result.first_shower);
  fmt::print("{}: {}{}, {:.6g} to {:.6g} GeV, in {} by {} (seed {})\n",
             settings.no_output ? "not written" : settings.output, count_text(result.showers, "shower"), slice,
             result.energy_min_gev, result.energy_max_gev, result.precision, settings.model, result.seed);
  fmt::print("{:.2f} s, {:.4g} showers/s in {}{}, showers hash {}\n", result.seconds, result.showers_per_second(),
             count_text(result.streams, "stream"),
             ranks.alone() ? "" : fmt::format(" of {}", count_text(ranks.size(), "rank")), result.showers_hash);
}

std::function<void()> define_generate(App& app) {
  auto settings = std::make_shared<study::GenerateSettings>();
  auto engine = std::make_shared<EngineOptions>();
  auto json_file = std::make_shared<std::string>();
  auto compression = std::make_shared<std::string>(settings->compression.text());
  add_model(app, "-m,--model", settings->model, "Generator, ONNX")->required();
  auto* output = app.add_output("-o,--output", settings->output, "HDF5 file to write; it is complete or absent");
  auto* energy = add_energy(app, settings->energy, "without it, the model's range");
  add_showers(app, settings->showers, "How many; without it, as many as the file of energies or latents has, or 1000")
      ->check(from_to(1, kMostShowers));
  app.add_option("--first-shower", settings->first_shower,
                 "Make a part of a sample, from this shower on: the same showers as in the whole. octocal merge joins "
                 "parts")
      ->type_name("N")
      ->check(from_to(0, kMostShowers));
  app.add_option("--seed", settings->seed,
                 "Seed of all random numbers: the same seed, the same result; without it that of the file of latents "
                 "(whose noise it made), or 1")
      ->type_name("N");
  app.add_input("--latents", settings->latents,
                "Take the generator's inputs and energies from this file (made with --keep-latents)")
      ->excludes(energy);
  add_compression(app, *compression);
  app.add_flag("--no-output", settings->no_output, "Make and hash the showers only, for timing")->excludes(output);
  app.add_flag("--keep-latents", settings->keep_latents, "Write the generator's inputs, too, as dataset latent");
  app.add_flag("--extrapolate", engine->extrapolate, "Allow energies outside the model's range");
  add_streams(app, *engine);
  add_model_info(app, *engine);
  app.add_flag("--all", settings->every_layer, "With --verbose: every layer on a line of its own, small ones, too");
  add_json(app, *json_file);
  return [settings, engine, json_file, compression] {
    settings->compression = data::Compression::parse(*compression);
    settings->engine = engine->settings();
    ranks::run_together([&](ranks::Ranks& ranks) { run(*settings, *json_file, ranks); });
  };
}

const Verb generate_verb({"generate", "make showers with a trained generator", kGenerateExamples, define_generate});

}  // namespace
}  // namespace octocal::cli
