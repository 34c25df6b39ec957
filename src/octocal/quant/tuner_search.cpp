// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/tuner_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "octocal/base/error.hpp"

namespace octocal::quant {
namespace {

bool is_float32(const model::PrecisionPlan& plan) {
  return std::all_of(plan.begin(), plan.end(),
                     [](const auto& layer) { return layer.second == model::Precision::kFloat32; });
}

/// The evaluation, or nothing if the user interrupted it.
std::optional<Evaluation> unless_interrupted(const std::function<Evaluation(const model::PrecisionPlan&)>& evaluate,
                                             const model::PrecisionPlan& plan) {
  try {
    return evaluate(plan);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInterrupted) throw;
    return std::nullopt;
  }
}

}  // namespace

TunerSearch::TunerSearch(const TuningProblem& problem, const TunerOptions& options, const EachTrial& each_trial)
    : problem_(problem), options_(options), each_trial_(each_trial) {
  if (options.max_trials == 0) throw bad_input("a budget of 0 trials leaves nothing to choose from; give at least 1");
  if (problem.layers.empty() || problem.rungs.empty())
    throw bad_input("there is nothing to tune (no layer, or no precision); give a model with convolutions");
  result_.trials = options.known;
}

void TunerSearch::stop(TuningEnd end) noexcept {
  if (!over_) result_.end = end;
  over_ = true;
}

model::PrecisionPlan TunerSearch::effective(const model::PrecisionPlan& plan) const {
  return problem_.effective ? problem_.effective(plan) : plan;
}

const Trial* TunerSearch::find(const model::PrecisionPlan& plan) const {
  const auto found =
      std::find_if(trials().begin(), trials().end(), [&](const auto& trial) { return trial.plan == plan; });
  return found == trials().end() ? nullptr : &*found;
}

const Trial* TunerSearch::best() const {
  const Trial* best = nullptr;
  for (const auto& trial : trials()) {
    if (trial.refuted || !trial.evaluation.within()) continue;
    if (best == nullptr || trial.cost < best->cost ||
        (trial.cost == best->cost && trial.evaluation.excess() < best->evaluation.excess()))
      best = &trial;
  }
  return best;
}

const Trial* TunerSearch::evaluate(const std::string& what, const model::PrecisionPlan& wanted) {
  const auto plan = effective(wanted);
  if (const auto* known = find(plan)) return known;
  if (over_) return nullptr;
  if (made_ >= options_.max_trials) {
    stop(TuningEnd::kTrials);
    return nullptr;
  }
  if (options_.stop && options_.stop()) {
    stop(TuningEnd::kStopped);
    return nullptr;
  }
  ++made_;
  return add(what, plan);
}

const Trial* TunerSearch::add(const std::string& what, const model::PrecisionPlan& plan) {
  auto evaluation = unless_interrupted(problem_.evaluate, plan);
  if (!evaluation) {
    stop(TuningEnd::kStopped);
    return nullptr;
  }
  for (const auto& quantity : evaluation->quantities)
    if (!std::isfinite(quantity.value))
      throw bad_input(fmt::format(
          "trial '{}': {} is {}, expected a finite number; look at the model's showers, and the reference's", what,
          quantity.name, quantity.value));
  result_.trials.push_back(
      {what, plan, std::move(*evaluation), problem_.cost(plan), problem_.integer_share(plan), false});
  if (each_trial_) each_trial_(result_.trials.back(), best());
  return &result_.trials.back();
}

model::PrecisionPlan TunerSearch::uniform(model::Precision precision) const {
  model::PrecisionPlan plan;
  for (const auto& layer : problem_.layers) plan[layer] = precision;
  return plan;
}

model::PrecisionPlan TunerSearch::cheapest() const {
  model::PrecisionPlan plan;
  for (const auto& layer : problem_.layers) {
    const auto& costs = problem_.costs.at(layer);
    plan[layer] = *std::min_element(problem_.rungs.begin(), problem_.rungs.end(),
                                    [&](auto a, auto b) { return costs.at(a) < costs.at(b); });
  }
  return plan;
}

model::Precision TunerSearch::finer(model::Precision rung) const {
  const auto place = std::find(problem_.rungs.begin(), problem_.rungs.end(), rung);
  return place == problem_.rungs.begin() || place == problem_.rungs.end() ? problem_.rungs.front() : *(place - 1);
}

bool TunerSearch::conclude() {
  // Float32 costs no evaluation to speak of and is always there to fall back on, whatever the budget says.
  if (best() == nullptr && problem_.rungs.front() == model::Precision::kFloat32 &&
      find(uniform(model::Precision::kFloat32)) == nullptr)
    add("all layers float32", uniform(model::Precision::kFloat32));

  const Trial* chosen = best();
  result_.within = chosen != nullptr;
  if (chosen != nullptr && problem_.verify && !is_float32(chosen->plan)) {
    if (auto fresh = unless_interrupted(problem_.verify, chosen->plan)) {
      if (!fresh->within()) {
        result_.trials[static_cast<std::size_t>(chosen - trials().data())].refuted = true;
        return false;
      }
      result_.fresh = std::move(*fresh);
      result_.verified = true;
    } else {
      stop(TuningEnd::kStopped);
    }
  }
  if (chosen == nullptr && !trials().empty())
    chosen = &*std::min_element(trials().begin(), trials().end(), [](const auto& a, const auto& b) {
      const double first = a.evaluation.excess(), second = b.evaluation.excess();
      // Beyond a limit of 0 every excess is infinite.
      return first != second ? first < second : a.evaluation.worst().counted() < b.evaluation.worst().counted();
    });
  if (chosen != nullptr) {
    result_.plan = chosen->plan;
    result_.evaluation = chosen->evaluation;
  }
  return true;
}

}  // namespace octocal::quant
