// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "octocal/quant/tuner_noise.hpp"

namespace octocal::quant {
namespace {

constexpr std::size_t kMostSteps = 1'000'000;

/// Depth-first over layers, the one whose rungs differ most in cost first.
class Knapsack {
 public:
  Knapsack(const TuningProblem& problem, const NoiseModel& noise, const std::vector<Trial>& trials, double below)
      : problem_(problem), noise_(noise), trials_(trials), best_cost_(below) {
    order_.resize(problem.layers.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    for (const auto& layer : problem.layers) {
      std::vector<double> costs;
      for (const auto rung : problem.rungs) costs.push_back(problem.costs.at(layer).at(rung));
      costs_.push_back(std::move(costs));
    }
    const auto spread = [&](std::size_t l) {
      const auto [low, high] = std::minmax_element(costs_[l].begin(), costs_[l].end());
      return *high - *low;
    };
    std::stable_sort(order_.begin(), order_.end(), [&](auto a, auto b) { return spread(a) > spread(b); });

    const std::size_t layers = order_.size(), quantities = noise.quantities();
    rest_cost_.assign(layers + 1, problem.fixed_cost);
    rest_power_.assign(layers + 1, std::vector<double>(quantities, 0));
    for (std::size_t depth = layers; depth-- > 0;) {
      const auto l = order_[depth];
      rest_cost_[depth] = rest_cost_[depth + 1] + *std::min_element(costs_[l].begin(), costs_[l].end());
      for (std::size_t q = 0; q < quantities; ++q) {
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t r = 0; r < problem.rungs.size(); ++r) least = std::min(least, noise.power(q, l, r));
        rest_power_[depth][q] = rest_power_[depth + 1][q] + least;
      }
    }
  }

  model::PrecisionPlan run() {
    descend(0, 0, std::vector<double>(noise_.quantities(), 0));
    return best_;
  }

 private:
  void descend(std::size_t depth, double cost, const std::vector<double>& powers) {
    if (++steps_ > kMostSteps || cost + rest_cost_[depth] > best_cost_) return;
    double excess = 0;
    for (std::size_t q = 0; q < powers.size(); ++q) {
      const double power = powers[q] + rest_power_[depth][q];
      if (power > std::max(0.0, noise_.limit(q)) || noise_.limit(q) < 0) return;
      if (power > 0) excess = std::max(excess, power / noise_.limit(q));
    }
    if (depth == order_.size()) return finish(excess);
    const auto l = order_[depth];
    std::vector<std::size_t> rungs(problem_.rungs.size());
    std::iota(rungs.begin(), rungs.end(), std::size_t{0});
    std::stable_sort(rungs.begin(), rungs.end(), [&](auto a, auto b) { return costs_[l][a] < costs_[l][b]; });
    for (const auto r : rungs) {
      auto sums = powers;
      for (std::size_t q = 0; q < sums.size(); ++q) sums[q] += noise_.power(q, l, r);
      plan_[problem_.layers[l]] = problem_.rungs[r];
      descend(depth + 1, cost + costs_[l][r], sums);
    }
  }

  void finish(double excess) {
    const auto plan = problem_.effective ? problem_.effective(plan_) : plan_;
    const double cost = problem_.cost(plan);
    if (cost > best_cost_ || (cost == best_cost_ && (best_.empty() || excess >= best_excess_))) return;
    if (std::any_of(trials_.begin(), trials_.end(), [&](const auto& trial) { return hopeless(plan, trial); })) return;
    best_ = plan;
    best_cost_ = cost;
    best_excess_ = excess;
  }

  /// The plan was tried, or is in no layer finer than one that failed.
  bool hopeless(const model::PrecisionPlan& plan, const Trial& trial) const {
    if (plan == trial.plan) return true;
    if (trial.evaluation.within() && !trial.refuted) return false;
    return std::all_of(problem_.layers.begin(), problem_.layers.end(), [&](const auto& layer) {
      const auto tried = trial.plan.find(layer);
      return tried == trial.plan.end() || plan.at(layer) >= tried->second;
    });
  }

  const TuningProblem& problem_;
  const NoiseModel& noise_;
  const std::vector<Trial>& trials_;
  std::vector<std::size_t> order_;
  std::vector<std::vector<double>> costs_;       ///< of layer and rung
  std::vector<double> rest_cost_;                ///< least of the layers from a depth on
  std::vector<std::vector<double>> rest_power_;  ///< the same of the powers
  model::PrecisionPlan plan_, best_;
  double best_cost_;
  double best_excess_ = std::numeric_limits<double>::infinity();
  std::size_t steps_ = 0;
};

}  // namespace

model::PrecisionPlan cheapest_within(const TuningProblem& problem, const NoiseModel& noise,
                                     const std::vector<Trial>& trials, double below) {
  return Knapsack(problem, noise, trials, below).run();
}

}  // namespace octocal::quant
