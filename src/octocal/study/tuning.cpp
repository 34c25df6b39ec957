// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/tuning.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/interrupt.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/base/progress.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/model/precision_words.hpp"
#include "octocal/study/paired_showers.hpp"
#include "octocal/study/tuning_history.hpp"

namespace octocal::study {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<Criterion> criteria_of(const TuningSettings& settings, const model::Graph& graph) {
  auto texts = settings.criteria;
  if (texts.empty() && settings.tolerance) texts = {fmt::format("score<={}", *settings.tolerance)};
  if (texts.empty()) texts = default_criteria(graph);
  auto criteria = parse_criteria(texts);
  for (const auto& criterion : criteria)
    if (criterion.quantity == "mse_excess" && settings.reference.empty())
      throw bad_input(fmt::format("`criterion` {}: float32's own MSE needs Geant4 showers; give them as `reference`",
                                  criterion.text));
    else if (criterion.quantity == "nats" && !CellLikelihood::is_known_of(graph))
      throw bad_input(
          fmt::format("`criterion` {}: {} draws no cells, so that their likelihood is not known; leave it out",
                      criterion.text, settings.model));
  return criteria;
}

/// Showers of the search, and those that no plan is chosen by.
class Judge {
 public:
  Judge(const TuningSettings& settings, const OpenModel& source, std::vector<Criterion> criteria)
      : settings_(settings), source_(source), criteria_(std::move(criteria)) {
    if (settings.reference.empty()) return;
    data::ShowerReader reader(data::expand_shower_files(settings.reference));
    reader.read(0, std::min(settings.showers, reader.size()), reference_);
    const auto [low, high] = std::minmax_element(reference_.energy_gev.begin(), reference_.energy_gev.end());
    check_energy_range(source, static_cast<double>(*low), static_cast<double>(*high), false);
  }

  std::unique_ptr<PairedShowers> showers(std::size_t most, std::uint64_t energies_seed, std::uint64_t seed) const {
    const bool paired = reference_.size() > 0;
    auto energies = paired ? reference_.energy_gev : quant::uniform_energies(source_.info, most, energies_seed);
    auto showers = std::make_unique<PairedShowers>(source_, std::move(energies), settings_.engine, seed);
    if (paired) showers->set_reference(reference_);
    if (std::any_of(criteria_.begin(), criteria_.end(), [](const auto& c) { return c.quantity == "nats"; }))
      showers->tell_nats();
    return showers;
  }

  quant::Evaluation evaluate(PairedShowers& showers, const model::Graph& graph, bool is_float32,
                             PairedShowers::Numbers* numbers = nullptr) const {
    quant::Evaluation evaluation;
    if (is_float32) {  // nothing differs from itself
      PairedShowers::Numbers none;
      for (const char* name : {"ecal", "hits", "cells", "mse", "score", "profile_y", "profile_z"})
        none[name] = {0, 0, physics::kUndefined};
      if (CellLikelihood::is_known_of(graph)) none["nats"] = {0, 0, physics::kUndefined};
      if (reference_.size() > 0) none["mse_excess"] = {0, 0, physics::kUndefined};
      evaluation.quantities = judged(none, criteria_);
      return evaluation;
    }
    const auto compared = showers.compare(graph, [&](const auto& found) { return decided(judged(found, criteria_)); });
    evaluation.showers = compared.showers;
    evaluation.quantities = judged(compared.numbers, criteria_);
    if (numbers != nullptr) *numbers = compared.numbers;
    if (!decided(evaluation.quantities))
      log_verbose(fmt::format("{} showers do not decide; about {:.0f} would", compared.showers,
                              needed_showers(evaluation.quantities, static_cast<double>(compared.showers))));
    return evaluation;
  }

  std::string reference_hash() const {
    if (reference_.size() == 0) return {};
    Hasher hasher;
    hasher.update(std::span(reference_.energy_gev));
    hasher.update(std::span(reference_.cells_gev));
    return hasher.hex();
  }

 private:
  const TuningSettings& settings_;
  const OpenModel& source_;
  std::vector<Criterion> criteria_;
  data::ShowerBatch reference_;
};

bool is_float32(const model::PrecisionPlan& plan) {
  return std::all_of(plan.begin(), plan.end(), [](const auto& l) { return l.second == model::Precision::kFloat32; });
}

bool uses_only(const model::PrecisionPlan& plan, const std::vector<model::Precision>& rungs) {
  return std::all_of(plan.begin(), plan.end(), [&](const auto& layer) {
    return std::find(rungs.begin(), rungs.end(), layer.second) != rungs.end();
  });
}

/// All on which a trial's numbers depend.
std::string history_key(const TuningSettings& settings, const OpenModel& source, const Judge& judge,
                        const Calibration& calibration, const std::vector<Criterion>& criteria) {
  Hasher hasher;
  hasher.update(std::span<const float>(calibration.showers.energy_gev));
  hasher.update(std::span<const float>(calibration.showers.latents));
  auto texts = nlohmann::json::array();
  for (const auto& criterion : criteria) texts.push_back(criterion.text);
  const auto& options = settings.calibration.options;
  const nlohmann::json key = {{"model", source.hash},
                              {"octocal", version()},
                              {"isa", isa_name(machine_isa())},
                              {"calibration", hasher.hex()},
                              {"reference", judge.reference_hash()},
                              {"activations", quant::name_of(options.activations)},
                              {"weights", quant::name_of(options.weights)},
                              {"bias_correction", options.bias_correction},
                              {"ranges", quant::name_of(options.ranges)},
                              {"percentile", options.percentile},
                              {"equalization", options.equalization},
                              {"criteria", texts},
                              {"showers", settings.showers},
                              {"check_showers", settings.check_showers},
                              {"seed", settings.calibration.seed},
                              {"model_info", settings.engine.model_info}};
  return key.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<quant::Trial> resume(const TuningSettings& settings, const std::string& key) {
  if (settings.history.empty() || !std::filesystem::exists(settings.history)) return {};
  try {
    return read_history(settings.history, key);
  } catch (const Error& error) {
    if (settings.must_resume) throw;
    log_warning(fmt::format("{}; it is overwritten", error.what()));
    return {};
  }
}

}  // namespace

TuningBudget parse_budget(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  const double scale = unit == "s" ? 1 : unit == "m" || unit == "min" ? 60 : unit == "h" ? 3600 : 0;
  if (end != text.c_str() && std::isfinite(number) && number > 0) {
    if (scale > 0) return {100000, number * scale};
    const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
    if (unit.empty() && digits && number <= 100000) return {static_cast<std::size_t>(number), 0};
  }
  throw bad_input(
      fmt::format("`budget` {}: must be trials from 1 to 100000 or a time; give 40, say, or 600s, 10m, 1h", text));
}

model::PrecisionPlan read_plan(const std::string& file) {
  const auto text = read_text_file(file);
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_object() && json.contains("plan") && json.at("plan").is_object())
    return model::parse_precision_plan(json.at("plan").dump(), file);
  return model::parse_precision_plan(text, file);
}

Tuning tune(const TuningSettings& settings) {
  const auto start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  Tuning tuning;
  tuning.source = open_model(settings.model, settings.engine.model_info);
  const auto& source = tuning.source;
  tuning.criteria = criteria_of(settings, source.graph);
  const auto& options = settings.calibration.options;
  const auto seed = settings.calibration.seed;
  const auto calibration = make_calibration(settings.calibration, source);
  const Judge judge(settings, source, tuning.criteria);
  const auto key = history_key(settings, source, judge, calibration, tuning.criteria);

  quant::TunerOptions search;
  search.known = resume(settings, key);
  if (!settings.plan.empty()) search.first.push_back(read_plan(settings.plan));
  const quant::Quantizer quantizer(source.graph, calibration.showers, options, quant::engine_backend(source.file),
                                   settings.model);
  for (const auto& plan : search.first)
    if (!uses_only(quantizer.effective(plan), settings.rungs))
      throw bad_input(
          fmt::format("{}: the plan has a precision that is not among `precisions`; add it there", settings.plan));
  std::erase_if(search.known, [&](const auto& trial) { return !uses_only(trial.plan, settings.rungs); });
  tuning.costs = layer_costs(settings.objective, settings.shares, quantizer, source, settings.rungs,
                             settings.engine.batch, seed, settings.cache);
  const auto bytes = [&](Objective objective) {
    return layer_costs(objective, {}, quantizer, source, settings.rungs, settings.engine.batch, seed, false);
  };
  tuning.sizes = bytes(Objective::kSize);
  tuning.memories = bytes(Objective::kMemory);

  quant::TuningProblem problem;
  problem.layers = quantizer.layer_names();
  problem.rungs = settings.rungs;
  problem.macs = quantizer.macs();
  problem.costs = tuning.costs.layers;
  problem.fixed_cost = tuning.costs.fixed;
  problem.effective = [&](const auto& plan) { return quantizer.effective(plan); };

  // Models within the criteria are kept: one of them is the choice, and Ctrl-C leaves no time to make it again.
  std::map<model::PrecisionPlan, quant::QuantizedModel> good;
  const auto build = [&](const model::PrecisionPlan& plan) {
    return build_quantized(quantizer, plan, source, options, calibration.record);
  };
  const auto showers = judge.showers(settings.showers, seed + 1, seed);
  double longest = 0;  // of all trials, in seconds
  problem.evaluate = [&](const model::PrecisionPlan& plan) {
    const double before = elapsed();
    auto model = build(plan);
    const auto evaluation = judge.evaluate(*showers, model.graph, is_float32(plan));
    if (evaluation.within()) good[plan] = std::move(model);
    longest = std::max(longest, elapsed() - before);
    return evaluation;
  };
  PairedShowers::Numbers fresh_numbers;
  if (settings.check_showers > 0)
    problem.verify = [&](const model::PrecisionPlan& plan) {
      if (!good.contains(plan)) good[plan] = build(plan);
      const auto fresh = judge.showers(settings.check_showers, seed + 2, seed + 2);
      return judge.evaluate(*fresh, good.at(plan).graph, false, &fresh_numbers);
    };

  tuning.resumed = search.known.size();
  for (auto& trial : search.known) trial.cost = problem.cost(trial.plan);
  const quant::Trial* known_best = nullptr;
  for (const auto& trial : search.known)
    if (trial.evaluation.within() && !trial.refuted && (known_best == nullptr || trial.cost < known_best->cost))
      known_best = &trial;
  if (known_best != nullptr) good[known_best->plan] = build(known_best->plan);

  search.strategy = settings.strategy;
  search.max_trials = settings.budget.trials;
  // The last of the time is kept for the fresh showers, which take about as long as a trial.
  const double reserved = settings.check_showers > 0 ? 2 : 1;
  search.stop = [&] {
    const double ahead = reserved * longest;
    return interrupted() || (settings.budget.seconds > 0 && elapsed() + ahead > settings.budget.seconds);
  };
  // Of a budget in time it is the seconds that pass.
  const bool timed = settings.budget.seconds > 0;
  Progress progress("tune", timed ? "s" : "trials",
                    timed ? static_cast<std::uint64_t>(std::ceil(settings.budget.seconds)) : settings.budget.trials,
                    timed ? static_cast<std::uint64_t>(elapsed()) : 0);
  std::vector<quant::Trial> made = search.known;
  const auto note = [&](const quant::Trial& trial, const quant::Trial* best) {
    made.push_back(trial);
    if (!settings.history.empty()) write_history(settings.history, key, made);
    const auto& worst = trial.evaluation.worst();
    const auto told = fmt::format("{}: {} {:.3g} of {:.3g}", trial.what, worst.name, worst.value, worst.limit);
    progress.update(timed ? static_cast<std::uint64_t>(elapsed()) : made.size() - tuning.resumed,
                    fmt::format("trial {}: {}; best {}", made.size(), told,
                                best == nullptr ? "none" : fmt::format("{:.4g}, {}", best->cost, best->what)));
    log_verbose(fmt::format("trial {}: {}, cost {:.4g}, {:.1f} % of the work in integers, {} showers", made.size(),
                            told, trial.cost, 100 * trial.integer_share, trial.evaluation.showers));
  };
  tuning.result = quant::tune(problem, search, note);
  progress.finish();
  if (!settings.history.empty() && !tuning.result.trials.empty())
    write_history(settings.history, key, tuning.result.trials);
  if (tuning.result.plan.empty()) throw_if_interrupted();

  const auto& result = tuning.result;
  tuning.interrupted = interrupted();
  const auto kept = good.find(result.plan);
  tuning.model = kept != good.end() ? std::move(kept->second) : build(result.plan);
  model::PrecisionPlan float32;
  for (const auto& layer : problem.layers) float32[layer] = model::Precision::kFloat32;
  if (problem.rungs.front() == model::Precision::kFloat32) tuning.float32_cost = problem.cost(float32);
  tuning.reasons = quant::precision_reasons(problem, result);
  auto& metadata = tuning.model.graph.metadata;
  metadata["octocal.tuning"] = nlohmann::json({{"within", result.within},
                                               {"verified", result.verified},
                                               {"objective", name_of(settings.objective)},
                                               {"strategy", quant::name_of(settings.strategy)},
                                               {"evaluation", to_json(result.evaluation)},
                                               {"trials", result.trials.size()}})
                                   .dump();
  metadata["octocal.precision_reasons"] =
      nlohmann::json(tuning.reasons).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (result.verified) {
    tuning.difference = difference_of({result.fresh.showers, fresh_numbers});
    judge_shift(*tuning.difference, model::words_for(result.plan), settings.max_shift, settings.model);
  } else if (!result.within && settings.check_showers > 0 && !tuning.interrupted && !is_float32(result.plan)) {
    const auto fresh = judge.showers(settings.check_showers, seed + 2, seed + 2);
    const auto evaluation = judge.evaluate(*fresh, tuning.model.graph, false, &fresh_numbers);
    tuning.difference = difference_of({evaluation.showers, fresh_numbers});
    judge_shift(*tuning.difference, model::words_for(result.plan), settings.max_shift, settings.model);
  }
  tuning.seconds = elapsed();
  return tuning;
}

}  // namespace octocal::study
