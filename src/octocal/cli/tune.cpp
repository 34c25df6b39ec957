// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "octocal/base/log.hpp"
#include "octocal/base/text_table.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/quantize_options.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/study/tuning_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kExamples =
    "  octocal tune --model models/generator.onnx -o tuned.onnx\n"
    "  octocal tune --model g.onnx --reference geant4.h5 --tolerance 0.002 --budget 40 -o tuned.onnx --json "
    "tuning.json";

struct Settings {
  study::TuningSettings study;
  std::string output;
  std::string sensitivity = "all-but";
  QuantizeOptions quantize;
  EngineOptions engine;
  std::string json;
};

void run(Settings settings) {
  settings.study.sensitivity =
      settings.sensitivity == "all-but" ? quant::Sensitivity::kOnlyThisFloat32 : quant::Sensitivity::kOnlyThisInt8;
  settings.study.calibration = settings.quantize.settings();
  settings.study.engine = settings.engine.settings();
  const auto tuning = study::tune(settings.study);
  model::write_onnx(tuning.model.graph, settings.output);
  write_json(settings.json, study::tuning_json(tuning, settings.study));

  const auto& result = tuning.result;
  TextTable table({{"trial", true}, {"score"}, {"int8 MACs"}, {"cost"}});
  for (const auto& trial : result.trials)
    table.add({trial.what, fmt::format("{:.6f}", trial.score), fmt::format("{:.1f} %", 100 * trial.int8_share),
               fmt::format("{:.3f}", trial.predicted_cost)});
  fmt::print("{}\n{}: score {:.6f}, {} tolerance {}; in float32: {}\n", table.text(), settings.output, result.score,
             result.within_tolerance ? "within" : "NOT within", settings.study.tolerance,
             result.keep_float32.empty() ? "no layer" : fmt::format("{}", fmt::join(result.keep_float32, ", ")));
  if (tuning.difference) fmt::print("{}\n", study::difference_text(*tuning.difference, model::Precision::kInt8));
  if (!result.within_tolerance)
    log_warning("no trial came within the tolerance; the best one was written (raise --budget or --tolerance)");
}

std::function<void()> define(App& app) {
  auto settings = std::make_shared<Settings>();
  add_model(app, "-m,--model", settings->study.model, "Float32 generator (ONNX)")->required();
  app.add_output("-o,--output", settings->output, "Tuned model to write (ONNX)")->required();
  app.add_inputs("--reference", settings->study.reference,
                 "Geant4 showers (HDF5): int8 is judged by how much further from them it is than float32. Without, by "
                 "its distance from float32");
  add_showers(app, settings->study.showers, "Showers to judge by")->check(from_to(2, 100000));
  app.add_option("--tolerance", settings->study.tolerance,
                 "|ECAL shift| + root of the added relative MSE of projections that is good enough")
      ->type_name("SCORE")
      ->check(from_to(0.0, 1e6));
  app.add_option("--budget", settings->study.budget, "Models to try at most")
      ->type_name("N")
      ->check(from_to(1, 100000));
  app.add_option("--sensitivity", settings->sensitivity,
                 "A layer's sensitivity is measured with all but it in int8, or with it alone in int8")
      ->check(CLI::IsMember({"all-but", "alone"}));
  app.add_option("--check-showers", settings->study.check_showers,
                 "Fresh showers on which the chosen model is set against float32; 0: none")
      ->type_name("N")
      ->check(from_to(0, 100000));
  add_max_shift(app, settings->study.max_shift);
  add_quantize_options(app, settings->quantize);
  add_streams(app, settings->engine);
  add_model_info(app, settings->engine);
  add_json(app, settings->json);
  return [settings] { run(*settings); };
}

const Verb verb({"tune", "choose which layers stay in float32 so that the physics holds", kExamples, define});

}  // namespace
}  // namespace octocal::cli
