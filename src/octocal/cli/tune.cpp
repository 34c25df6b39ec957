// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/quantize_options.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/quant/tuner.hpp"
#include "octocal/study/energies.hpp"
#include "octocal/study/quantized_check.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kExamples =
    "  octocal tune --model models/generator.onnx -o tuned.onnx\n"
    "  octocal tune --model g.onnx --reference geant4.h5 --tolerance 0.002 --budget 40 -o tuned.onnx --json "
    "tuning.json";

using study::Float32Showers;

struct Settings {
  std::string model;
  std::string output;
  std::vector<std::string> reference;
  std::size_t showers = 500;
  double tolerance = 0.01;
  std::size_t budget = 64;
  std::string sensitivity = "all-but";
  QuantizeOptions quantize;
  EngineOptions engine;
  std::string json;
};

/// 0 for float32 itself, so that a tolerance can always be met: the response's shift and what the mean shower loses,
/// each relative. Against Geant4 only what int8 makes worse counts.
double score_of(const study::Int8Difference& difference) {
  const double mse = difference.mse_int8_to_reference
                         ? *difference.mse_int8_to_reference - *difference.mse_float32_to_reference
                         : difference.projection_mse;
  return std::abs(difference.ecal_shift) + std::sqrt(std::max(0.0, mse));
}

/// The float32 showers, and Geant4's at the same energies if there is a reference.
std::unique_ptr<Float32Showers> make_float32(const Settings& settings, const study::OpenModel& source) {
  const auto engine = settings.engine.settings();
  if (settings.reference.empty())
    return std::make_unique<Float32Showers>(
        source, quant::uniform_energies(source.info, settings.showers, settings.quantize.seed + 1), engine,
        settings.quantize.seed);
  data::ShowerReader reader(data::expand_shower_files(settings.reference));
  data::ShowerBatch reference;
  reader.read(0, std::min(settings.showers, reader.size()), reference);
  const auto energies = std::minmax_element(reference.energy_gev.begin(), reference.energy_gev.end());
  study::check_energy_range(source.info, source.file, static_cast<double>(*energies.first),
                            static_cast<double>(*energies.second), false);
  auto float32 = std::make_unique<Float32Showers>(source, reference.energy_gev, engine, settings.quantize.seed);
  float32->set_reference(reference);
  return float32;
}

nlohmann::json to_json(const quant::TunerResult& result) {
  auto trials = nlohmann::json::array();
  for (const auto& trial : result.trials)
    trials.push_back({{"what", trial.what},
                      {"keep_float32", trial.keep_float32},
                      {"score", trial.score},
                      {"int8_share_of_macs", trial.int8_share},
                      {"predicted_cost", trial.predicted_cost}});
  return {{"keep_float32", result.keep_float32},
          {"score", result.score},
          {"within_tolerance", result.within_tolerance},
          {"sensitivity", result.sensitivity},
          {"trials", trials}};
}

void run(const Settings& settings) {
  const auto how = settings.quantize.settings();
  const auto source = study::open_model(settings.model, settings.engine.settings().model_info);
  const auto calibration = study::make_calibration(how, source);
  const auto float32 = make_float32(settings, source);
  const quant::Quantizer quantizer(source.graph, calibration.showers, how.options, quant::engine_backend(),
                                   source.file);

  Progress progress("tune", "trials", settings.budget);
  std::uint64_t done = 0;
  const auto note = [&](const quant::Trial& trial) {
    progress.update(++done, fmt::format("{}: {:.5f}", trial.what, trial.score));
    log_verbose(fmt::format("trial {}: {}: score {:.6f}, {:.1f} % of the work in int8", done, trial.what, trial.score,
                            100 * trial.int8_share));
  };
  const auto score = [&](const model::Graph& graph) { return score_of(float32->compare(graph)); };
  quant::TunerOptions options;
  options.tolerance = settings.tolerance;
  options.max_evaluations = settings.budget;
  options.sensitivity =
      settings.sensitivity == "all-but" ? quant::Sensitivity::kOnlyThisFloat32 : quant::Sensitivity::kOnlyThisInt8;
  const auto result = quant::tune(quantizer, score, options, note);
  progress.finish();

  auto model = quantizer.build(result.keep_float32);
  quant::write_provenance(source.graph, how.options, calibration.record, model);
  if (!settings.engine.model_info.empty() || !source.info.assumed.empty())
    model::write_generator_info(source.info, model.graph);
  auto document = to_json(result);
  document["model"] = source.file;
  document["source_model"] = source.hash;
  document["tolerance"] = settings.tolerance;
  document["reference"] = settings.reference;
  model.graph.metadata["octocal.tuning"] =
      nlohmann::json({{"score", result.score}, {"tolerance", settings.tolerance}, {"trials", result.trials.size()}})
          .dump();
  model::write_onnx(model.graph, settings.output);
  write_json(settings.json, document);

  fmt::print("{:<44} {:>10} {:>9} {:>9}\n", "trial", "score", "int8 MACs", "cost");
  for (const auto& trial : result.trials)
    fmt::print("{:<44} {:>10.6f} {:>8.1f}% {:>9.3f}\n", trial.what, trial.score, 100 * trial.int8_share,
               trial.predicted_cost);
  fmt::print("\n{}: score {:.6f}, {} tolerance {}; in float32: {}\n", settings.output, result.score,
             result.within_tolerance ? "within" : "NOT within", settings.tolerance,
             result.keep_float32.empty() ? "no layer" : fmt::format("{}", fmt::join(result.keep_float32, ", ")));
  if (!result.within_tolerance)
    log_warning("no trial came within the tolerance; the best one was written (raise --budget or --tolerance)");
}

std::function<void()> define(CLI::App& app) {
  auto settings = std::make_shared<Settings>();
  app.add_option("--model", settings->model, "Float32 generator (ONNX)")->required();
  app.add_option("-o,--output", settings->output, "Tuned model to write (ONNX)")->required();
  app.add_option("--reference", settings->reference,
                 "Geant4 showers (HDF5): int8 is judged by how much further from them it is than float32. Without, by "
                 "its distance from float32")
      ->type_name("FILE");
  app.add_option("--showers", settings->showers, "Showers to judge by")->check(CLI::Range(2, 100000));
  app.add_option("--tolerance", settings->tolerance,
                 "|ECAL shift| + root of the added relative MSE of projections that is good enough")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--budget", settings->budget, "Models to try at most")->check(CLI::Range(1, 100000));
  app.add_option("--sensitivity", settings->sensitivity,
                 "A layer's sensitivity is measured with all but it in int8, or with it alone in int8")
      ->check(CLI::IsMember({"all-but", "alone"}));
  add_quantize_options(app, settings->quantize);
  add_streams(app, settings->engine);
  add_model_info(app, settings->engine);
  add_json(app, settings->json);
  return [settings] { run(*settings); };
}

const Verb verb({"tune", "choose which layers stay in float32 so that the physics holds", kExamples, define});

}  // namespace
}  // namespace octocal::cli
