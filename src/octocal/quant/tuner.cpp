// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/tuner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"
#include "octocal/quant/tuner_search.hpp"

namespace octocal::quant {

double Quantity::counted() const noexcept { return value > 0 && value <= error ? 0 : value; }

bool Quantity::within() const noexcept { return counted() <= limit; }

double Quantity::excess() const noexcept {
  if (limit > 0) return std::max(0.0, counted()) / limit;
  return within() ? 0 : std::numeric_limits<double>::infinity();
}

bool Evaluation::within() const noexcept {
  return std::all_of(quantities.begin(), quantities.end(), [](const auto& q) { return q.within(); });
}

double Evaluation::excess() const noexcept {
  double largest = 0;
  for (const auto& quantity : quantities) largest = std::max(largest, quantity.excess());
  return largest;
}

const Quantity& Evaluation::worst() const {
  OCTOCAL_EXPECT(!quantities.empty());
  return *std::max_element(quantities.begin(), quantities.end(),
                           [](const auto& a, const auto& b) { return a.excess() < b.excess(); });
}

const char* name_of(Strategy strategy) noexcept {
  switch (strategy) {
    case Strategy::kBasic:
      return "basic";
    case Strategy::kReranked:
      return "reranked";
    case Strategy::kOctocal:
      return "octocal";
  }
  return "?";
}

Strategy parse_strategy(const std::string& text) {
  for (const auto strategy : {Strategy::kBasic, Strategy::kReranked, Strategy::kOctocal})
    if (text == name_of(strategy)) return strategy;
  throw bad_input(fmt::format("`strategy` {}: must be basic, reranked or octocal", text));
}

const char* name_of(TuningEnd end) noexcept {
  switch (end) {
    case TuningEnd::kFinished:
      return "finished";
    case TuningEnd::kTrials:
      return "budget";
    case TuningEnd::kStopped:
      return "stopped";
  }
  return "?";
}

double TuningProblem::cost(const model::PrecisionPlan& plan) const {
  double sum = fixed_cost;
  for (const auto& layer : layers) {
    const auto precision = plan.find(layer);
    sum += costs.at(layer).at(precision == plan.end() ? model::Precision::kFloat32 : precision->second);
  }
  return sum;
}

double TuningProblem::integer_share(const model::PrecisionPlan& plan) const {
  double all = 0;
  double integers = 0;
  for (const auto& layer : layers) {
    const auto count = static_cast<double>(macs.at(layer));
    const auto precision = plan.find(layer);
    all += count;
    if (precision != plan.end() && model::is_integer(precision->second)) integers += count;
  }
  return all > 0 ? integers / all : 0;
}

TunerResult tune(const TuningProblem& problem, const TunerOptions& options,
                 const std::function<void(const Trial&, const Trial*)>& each_trial) {
  TunerSearch search(problem, options, each_trial);
  do {
    for (const auto& plan : options.first) search.evaluate("the given plan", plan);
    switch (options.strategy) {
      case Strategy::kBasic:
        search_basic(search);
        break;
      case Strategy::kReranked:
        search_reranked(search);
        break;
      case Strategy::kOctocal:
        search_octocal(search);
        break;
    }
  } while (!search.conclude());
  return std::move(search.result());
}

namespace {

model::Precision in(const model::PrecisionPlan& plan, const std::string& layer) {
  const auto found = plan.find(layer);
  return found == plan.end() ? model::Precision::kFloat32 : found->second;
}

/// The trial that says most of why a layer is not in a cheaper precision: one that failed with no other layer coarser
/// than in the choice, then the one with this layer in the finest, then the one that differs least.
const Trial* telling_trial(const TuningProblem& problem, const TunerResult& result, const std::string& layer,
                           bool& others_coarser) {
  const auto& costs = problem.costs.at(layer);
  const Trial* telling = nullptr;
  std::tuple<bool, model::Precision, std::size_t> best;
  for (const auto& trial : result.trials) {
    const auto rung = in(trial.plan, layer);
    if (costs.at(rung) >= costs.at(in(result.plan, layer))) continue;
    if (trial.evaluation.within() && !trial.refuted) continue;
    bool coarser = false;
    std::size_t differing = 0;
    for (const auto& other : problem.layers) {
      if (other == layer) continue;
      coarser = coarser || in(trial.plan, other) > in(result.plan, other);
      differing += in(trial.plan, other) != in(result.plan, other) ? 1 : 0;
    }
    const std::tuple rank{coarser, rung, differing};
    if (telling != nullptr && rank >= best) continue;
    telling = &trial;
    best = rank;
  }
  others_coarser = std::get<0>(best);
  return telling;
}

}  // namespace

std::map<std::string, std::string> precision_reasons(const TuningProblem& problem, const TunerResult& result) {
  std::map<std::string, std::string> reasons;
  for (const auto& layer : problem.layers) {
    const auto& costs = problem.costs.at(layer);
    const double cost = costs.at(in(result.plan, layer));
    bool others_coarser = false;
    const auto* trial = telling_trial(problem, result, layer, others_coarser);
    if (std::all_of(problem.rungs.begin(), problem.rungs.end(), [&](auto rung) { return costs.at(rung) >= cost; })) {
      reasons[layer] = "the cheapest of all precisions";
    } else if (trial == nullptr) {
      reasons[layer] = "no cheaper precision was tried";
    } else if (trial->refuted) {
      reasons[layer] = fmt::format("{} did not hold on fresh showers", model::name_of(in(trial->plan, layer)));
    } else {
      const auto& worst = trial->evaluation.worst();
      reasons[layer] = fmt::format("{}{} gives {} {:.3g} %, limit {:.3g} %", model::name_of(in(trial->plan, layer)),
                                   others_coarser ? ", tried with other layers coarser, too," : "", worst.name,
                                   100 * worst.value, 100 * worst.limit);
    }
  }
  return reasons;
}

}  // namespace octocal::quant
