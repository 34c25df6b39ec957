// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/number_text.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/validate_tables.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/command_line/option_words.hpp"
#include "octocal/study/comparison_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kCompareExamples =
    "  octocal compare float32.h5 int8.h5\n"
    "  octocal compare generator.onnx generator-int8.onnx --showers 2000\n"
    "  octocal compare generator.onnx from_another_runtime.h5 --same-latents";

struct CompareSettings {
  study::ComparisonSettings study;
  std::uint64_t seed = 1;
  EngineOptions engine;
  std::string json;
};

void run(const CompareSettings& settings, const App& app) {
  const auto settings_text = settings_toml(app, {"json", "streams", "batch"});
  const auto result = study::compare(settings.study);
  write_json(settings.json, study::comparison_json(result, settings_text));
  const auto& samples = result.samples;
  fmt::print("{}\n", result.statement);
  for (const auto& sample : samples) {
    fmt::print("{}: {} ({})\n", sample.identity.name, count_text(sample.result.showers, "shower"),
               sample.identity.file);
  }
  fmt::print("\n{}\n{}\n", table3_text(samples), table4_text(samples));
  fmt::print("{}\n", samples[1].table5 ? table5_text(samples) : command_line::with_options(result.why_no_pairs, app));
}

std::function<void()> define_compare(App& app) {
  auto settings = std::make_shared<CompareSettings>();
  add_model(app, "A", settings->study.files[0],
            "HDF5 file of showers, or ONNX generator; the floors are counted from it")
      ->required();
  add_model(app, "B", settings->study.files[1], "The same, to be set against A")->required();
  add_energy(
      app, settings->study.energy,
      "of two models only; without it, the range that both were made for. A model against a file has the file's");
  add_showers(app, settings->study.showers, "Showers to compare; 0: all of a file, 1000 of two models")
      ->check(from_to(0, kMostShowers));
  add_seed(app, settings->seed);
  add_streams(app, settings->engine);
  add_model_info(app, settings->engine);
  app.add_flag("--extrapolate", settings->engine.extrapolate, "Accept energies outside a model's range");
  app.add_flag("--same-latents", settings->study.same_latents,
               "Compare cell by cell: A and B were made from the same latents although they do not say so");
  add_json(app, settings->json);
  return [settings, &app] {
    if (app.count("--seed") > 0) settings->study.seed = settings->seed;
    settings->study.engine = settings->engine.settings();
    run(*settings, app);
  };
}

const Verb compare_verb({"compare", "tell how two samples or models differ", kCompareExamples, define_compare});

}  // namespace
}  // namespace octocal::cli
