// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "octocal/quant/tuner_noise.hpp"
#include "octocal/quant/tuner_search.hpp"

namespace octocal::quant {
namespace {

// A plan that is cheaper by less is not worth its trial.
constexpr double kWorthATrial = 0.002;
// A layer that can gain less is not worth measuring by itself: the fit takes its rung along if it is harmless. Times of
// one layer in two precisions of integers often differ by less than they are measured to.
constexpr double kWorthAMove = 0.01;

/// The precision that all layers have while one is moved: the finest of integers, whose noise is small beside what is
/// measured; without integers the second finest.
model::Precision base_rung(const TuningProblem& problem) {
  const auto found = std::find_if(problem.rungs.begin(), problem.rungs.end(), model::is_integer);
  if (found != problem.rungs.end()) return *found;
  return problem.rungs[std::min<std::size_t>(1, problem.rungs.size() - 1)];
}

/// Moves one layer at a time away from the base, where that could gain: to finer rungs first, since what fails there
/// need not be tried in a coarser one, and of these the largest gain first. Rungs finer than `finest` are left to the
/// fit: their noise is small.
/// False once the search is over.
bool measure_layers(TunerSearch& search, const model::PrecisionPlan& base, model::Precision finest, double worth) {
  const auto& problem = search.problem();
  struct Move {
    std::string layer;
    model::Precision rung;
    double gain;
  };
  std::vector<Move> moves;
  for (const auto& layer : problem.layers)
    for (const auto rung : problem.rungs) {
      const double gain = problem.costs.at(layer).at(base.at(layer)) - problem.costs.at(layer).at(rung);
      if (rung > base.at(layer) && rung >= finest && gain > worth) moves.push_back({layer, rung, gain});
    }
  std::stable_sort(moves.begin(), moves.end(),
                   [](const auto& a, const auto& b) { return a.rung != b.rung ? a.rung < b.rung : a.gain > b.gain; });
  std::set<std::string> failed;
  for (const auto& move : moves) {
    if (failed.contains(move.layer)) continue;
    auto plan = base;
    plan[move.layer] = move.rung;
    const auto* trial = search.evaluate(fmt::format("{} in {}", move.layer, model::name_of(move.rung)), plan);
    if (trial == nullptr) return false;
    if (!trial->evaluation.within()) failed.insert(move.layer);
    search.result().sensitivity[move.layer] = trial->evaluation.excess();
  }
  return true;
}

}  // namespace

void search_octocal(TunerSearch& search) {
  const auto& problem = search.problem();
  const auto cheapest = search.cheapest();
  const auto good = [](const Trial& trial) { return trial.evaluation.within() && !trial.refuted; };
  const auto* fastest = search.evaluate("each layer in its cheapest precision", cheapest);
  if (fastest == nullptr || good(*fastest)) return;

  const auto rung = base_rung(problem);
  const auto* base = search.evaluate(fmt::format("all layers {}", model::name_of(rung)), search.uniform(rung));
  if (base == nullptr) return;
  const double worth = kWorthATrial * base->cost;
  if (!measure_layers(search, good(*base) ? base->plan : search.uniform(problem.rungs.front()), rung,
                      kWorthAMove * base->cost))
    return;

  for (;;) {
    const auto* best = search.best();
    const double below = best != nullptr ? best->cost - worth : std::numeric_limits<double>::infinity();
    const NoiseModel noise(problem, search.trials());
    const auto plan = cheapest_within(problem, noise, search.trials(), below);
    if (plan.empty()) return;
    if (search.evaluate("cheapest plan that should hold", plan) == nullptr) return;
  }
}

}  // namespace octocal::quant
