// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/number_text.hpp"
#include "octocal/base/text_table.hpp"
#include "octocal/cli/model_options.hpp"
#include "octocal/cli/quantize_options.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"
#include "octocal/model/onnx_file.hpp"
#include "octocal/model/precision_words.hpp"
#include "octocal/study/tuning_history.hpp"
#include "octocal/study/tuning_json.hpp"

namespace octocal::cli {
namespace {

constexpr const char* kTuneExamples =
    "  octocal tune --model models/generator.onnx -o tuned.onnx\n"
    "  octocal tune -m g.onnx -o tuned.onnx --criterion 'ecal<=0.2%' --criterion 'cells<=3%' --budget 10m\n"
    "  octocal tune -m g.onnx -o tuned.onnx --reference geant4.h5 --criterion 'mse<=1.05x' --json tuning.json";

struct TuneSettings {
  study::TuningSettings study;
  std::string output;
  double tolerance = 0;
  std::string objective = "speed";
  std::string strategy = "octocal";
  std::string budget = "10m";
  std::string precisions = "float32,bfloat16,int16x12,int16x8,int8";
  bool no_cache = false;
  std::string plan_out;
  QuantizeOptions quantize;
  EngineOptions engine;
  std::string json;
};

std::string cost_text(double cost, study::Objective objective) {
  if (objective == study::Objective::kMix) return fmt::format("{:.1f} %", 100 * cost);
  return objective == study::Objective::kSpeed ? fmt::format("{:.3f} ms", 1e3 * cost)
                                               : fmt::format("{:.3f} MB", cost / 1e6);
}

std::string worst_text(const quant::Trial& trial) {
  const auto& worst = trial.evaluation.worst();
  return fmt::format("{} {:.3g}", worst.name, worst.value);
}

std::string trial_table(const study::Tuning& tuning, study::Objective objective) {
  TextTable table(
      {{"trial", true}, {"within", true}, {"nearest its limit", true}, {"showers"}, {"integer MACs"}, {"cost"}});
  for (const auto& trial : tuning.result.trials)
    table.add({trial.what,
               trial.refuted               ? "refuted"
               : trial.evaluation.within() ? "yes"
                                           : "no",
               worst_text(trial), std::to_string(trial.evaluation.showers),
               fmt::format("{:.1f} %", 100 * trial.integer_share), cost_text(trial.cost, objective)});
  return table.text();
}

std::string plan_table(const study::Tuning& tuning, study::Objective objective) {
  TextTable table({{"layer", true}, {"precision", true}, {"cost"}, {"why", true}});
  for (const auto& layer : tuning.model.layers)
    table.add({layer.name, model::name_of(layer.precision),
               cost_text(tuning.costs.layers.at(layer.name).at(layer.precision), objective),
               tuning.reasons.at(layer.name)});
  return table.text();
}

std::string criteria_table(const quant::Evaluation& search, const quant::Evaluation& fresh) {
  TextTable table({{"criterion", true}, {"limit"}, {"search"}, {"fresh showers"}});
  const auto unit = [](const quant::Quantity& q) { return q.name == "nats" ? 1.0 : 0.01; };
  const auto value = [&](const quant::Quantity& q) {
    return number_text(q.value / unit(q), q.error / unit(q), {.unit = q.name == "nats" ? "" : " %"});
  };
  for (std::size_t i = 0; i < search.quantities.size(); ++i) {
    const auto& q = search.quantities[i];
    if (std::isfinite(q.limit))
      table.add({q.name, fmt::format("{:.4g}{}", q.limit / unit(q), q.name == "nats" ? "" : " %"), value(q),
                 i < fresh.quantities.size() ? value(fresh.quantities[i]) : "-"});
  }
  return table.text();
}

/// "tuned.history.json" beside tuned.onnx.
std::string history_beside(const std::string& output) {
  return std::filesystem::path(output).replace_extension(".history.json").string();
}

std::vector<model::Precision> parse_rungs(const std::string& text) {
  std::set<model::Precision> rungs;
  std::istringstream names(text);
  for (std::string name; std::getline(names, name, ',');) rungs.insert(model::parse_precision(name));
  return {rungs.begin(), rungs.end()};  // the enumeration goes from the finest to the coarsest
}

/// What the tuning has to say at its end; the exit code follows from it.
void conclude(const study::Tuning& tuning, const TuneSettings& settings) {
  const auto& result = tuning.result;
  if (tuning.interrupted)
    throw Error(
        ErrorCode::kInterrupted,
        fmt::format("interrupted behind {} trials; {} holds the best so far, which {}; the same command goes on",
                    result.trials.size(), settings.output,
                    result.within ? "meets every criterion" : "does not meet every criterion"));
  if (!result.within)
    throw run_failed(
        fmt::format("{}: no trial meets every criterion; {} holds the nearest ({} {:.3g}, limit {:.3g}): "
                    "relax a criterion, allow float32, or raise --budget",
                    settings.study.model, settings.output, result.evaluation.worst().name,
                    result.evaluation.worst().value, result.evaluation.worst().limit));
  const bool lowered = std::any_of(result.plan.begin(), result.plan.end(),
                                   [](const auto& l) { return l.second != model::Precision::kFloat32; });
  if (!lowered)
    log_warning(
        fmt::format("{}: every layer stays in float32: no other trial meets the criteria; relax them or raise "
                    "--budget",
                    settings.output));
  if (result.end != quant::TuningEnd::kFinished)
    log_warning(
        fmt::format("the budget ended behind {} trials; {} is the best so far: the same command with more goes on",
                    result.trials.size(), settings.output));
  if (!result.verified && settings.study.check_showers == 0)
    log_warning(fmt::format("{}: was not checked on fresh showers; validate it before it is used", settings.output));
}

void run(TuneSettings settings, bool has_tolerance, bool has_history) {
  auto& study = settings.study;
  if (has_tolerance) study.tolerance = settings.tolerance;
  study.objective = study::parse_objective(settings.objective, study.shares);
  study.strategy = quant::parse_strategy(settings.strategy);
  study.budget = study::parse_budget(settings.budget);
  study.rungs = parse_rungs(settings.precisions);
  study.cache = !settings.no_cache;
  study.calibration = settings.quantize.settings();
  study.engine = settings.engine.settings();
  study.must_resume = has_history;
  if (!has_history) study.history = history_beside(settings.output);
  const auto tuning = study::tune(study);
  model::write_onnx(tuning.model.graph, settings.output);
  write_json(settings.json, study::tuning_json(tuning, study));
  write_json(settings.plan_out, study::plan_json(tuning.result.plan));

  fmt::print("{}\n{}\n{}\n", trial_table(tuning, study.objective), plan_table(tuning, study.objective),
             criteria_table(tuning.result.evaluation, tuning.result.fresh));
  double share = 0;
  for (const auto& trial : tuning.result.trials)
    if (trial.plan == tuning.result.plan) share = trial.integer_share;
  const double cost = tuning.costs.fixed + [&] {
    double sum = 0;
    for (const auto& layer : tuning.model.layers) sum += tuning.costs.layers.at(layer.name).at(layer.precision);
    return sum;
  }();
  fmt::print(
      "{}: {}{}; {:.1f} % of the layers' work in integers; {} a shower{}; {} trials ({} from the history), {:.0f} s\n",
      settings.output, tuning.result.within ? "within every criterion" : "NOT within every criterion",
      tuning.result.verified ? ", on fresh showers, too" : "", 100 * share, cost_text(cost, study.objective),
      tuning.float32_cost > 0 ? fmt::format(", float32 {}", cost_text(tuning.float32_cost, study.objective)) : "",
      tuning.result.trials.size(), tuning.resumed, tuning.seconds);
  if (tuning.difference)
    fmt::print("{}\n", study::difference_text(*tuning.difference, model::words_for(tuning.result.plan)));
  conclude(tuning, settings);
}

std::function<void()> define_tune(App& app) {
  auto settings = std::make_shared<TuneSettings>();
  add_model(app, "-m,--model", settings->study.model, "Float32 generator (ONNX)")->required();
  app.add_output("-o,--output", settings->output, "Tuned model to write (ONNX)")->required();
  app.add_inputs("--reference", settings->study.reference,
                 "Geant4 showers (HDF5) for criteria such as mse<=1.05x; their energies are taken");
  app.add_option(
         "--criterion", settings->study.criteria,
         "What must hold, against float32 on the same latents; can be given many times: ecal, profile (y and z), "
         "profile_y, profile_z, mse, cells, hits, nats, score, then <= and a limit in %, as a share, for mse in x "
         "of float32's own to --reference, for nats in nats. Without it: ecal<=0.5%, profile<=2%, cells<=6%, "
         "hits<=1%, and nats<=5 of a generator that draws its cells")
      ->type_name("QUANTITY<=LIMIT");
  auto* tolerance =
      app.add_option("--tolerance", settings->tolerance,
                     "The one criterion score<=SCORE: |ECAL shift| + root of the (with --reference: added) "
                     "relative MSE of projections")
          ->type_name("SCORE")
          ->check(from_to(0.0, 1e6));
  tolerance->excludes("--criterion");
  app.add_option("--objective", settings->objective,
                 "What there should be little of: speed (time as measured here), size (bytes of the file), memory, or "
                 "mix: all three, each in units of what float32 costs; speed:2,size:1 says how much each counts")
      ->type_name("speed|size|memory|mix");
  app.add_option("--strategy", settings->strategy, "How plans are searched; the pages say how")
      ->check(CLI::IsMember({"basic", "reranked", "octocal"}));
  app.add_option("--precisions", settings->precisions, "Precisions that layers may have, with commas between")
      ->type_name("LIST");
  app.add_option("--budget", settings->budget, "Trials at most, or time: 40, 600s, 10m, 1h")->type_name("N|TIME");
  add_showers(app, settings->study.showers, "Showers to judge a model by at most; 128 where they decide")
      ->check(from_to(2, 100000));
  app.add_option("--check-showers", settings->study.check_showers,
                 "Fresh showers at most on which the choice must hold, too; 0: none")
      ->type_name("N")
      ->check(from_to(0, 100000));
  add_max_shift(app, settings->study.max_shift);
  auto* history = app.add_output("--history", settings->study.history,
                                 "Trials made so far (JSON): an earlier run goes on from there. Without it: beside the "
                                 "output, NAME.history.json");
  app.add_input("--plan", settings->study.plan, "Plan to try first: JSON of layers and precisions");
  app.add_output("--plan-out", settings->plan_out, "Write the chosen plan to this file (JSON)");
  app.add_flag("--no-cache", settings->no_cache, "Measure the layers' times anew, and do not keep them");
  add_quantize_options(app, settings->quantize);
  add_streams(app, settings->engine);
  add_model_info(app, settings->engine);
  add_json(app, settings->json);
  return [settings, tolerance, history] { run(*settings, tolerance->count() > 0, history->count() > 0); };
}

const Verb tune_verb({"tune", "choose each layer's precision so that the physics holds", kTuneExamples, define_tune});

}  // namespace
}  // namespace octocal::cli
