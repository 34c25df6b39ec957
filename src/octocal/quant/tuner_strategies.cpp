// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "octocal/quant/tuner_search.hpp"

namespace octocal::quant {
namespace {

std::string in_precision(const std::string& layer, model::Precision precision) {
  return fmt::format("{} in {}", layer, model::name_of(precision));
}

/// Layers that turn out not to be needed in so fine a rung go back, the one that gains most first.
void take_back(TunerSearch& search, model::PrecisionPlan plan) {
  const auto& problem = search.problem();
  for (bool moved = true; moved;) {
    moved = false;
    for (auto rung = problem.rungs.rbegin(); rung != problem.rungs.rend() && !moved; ++rung) {
      auto layers = problem.layers;
      std::stable_sort(layers.begin(), layers.end(), [&](const auto& a, const auto& b) {
        return problem.costs.at(a).at(plan.at(a)) - problem.costs.at(a).at(*rung) >
               problem.costs.at(b).at(plan.at(b)) - problem.costs.at(b).at(*rung);
      });
      for (const auto& layer : layers) {
        if (*rung <= plan.at(layer) || problem.costs.at(layer).at(*rung) >= problem.costs.at(layer).at(plan.at(layer)))
          continue;
        auto back = plan;
        back[layer] = *rung;
        const auto* trial = search.evaluate(fmt::format("{} back to {}", layer, model::name_of(*rung)), back);
        if (trial == nullptr) return;
        if (!trial->evaluation.within() || trial->refuted) continue;
        plan = back;
        moved = true;
        break;
      }
    }
  }
}

}  // namespace

void search_basic(TunerSearch& search) {
  const auto& problem = search.problem();
  const auto coarsest = problem.rungs.back();
  const auto finest = problem.rungs.front();
  auto plan = search.uniform(coarsest);
  const auto* start = search.evaluate(fmt::format("all layers {}", model::name_of(coarsest)), plan);
  if (start == nullptr || (start->evaluation.within() && !start->refuted)) return;

  auto& sensitivity = search.result().sensitivity;
  for (const auto& layer : problem.layers) {
    auto lifted = plan;
    lifted[layer] = finest;
    const auto* trial = search.evaluate(in_precision(layer, finest), lifted);
    if (trial == nullptr) return;
    sensitivity[layer] = trial->evaluation.excess();
  }
  auto order = problem.layers;
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    const double first = sensitivity.at(a), second = sensitivity.at(b);
    return first != second ? first < second : problem.macs.at(a) < problem.macs.at(b);
  });
  // Rung by rung from the coarse end: what is good enough in 16 bits need not be float32.
  for (auto rung = problem.rungs.rbegin() + 1; rung != problem.rungs.rend(); ++rung)
    for (const auto& layer : order) {
      plan[layer] = *rung;
      const auto* trial = search.evaluate(fmt::format("{}, too, in {}", layer, model::name_of(*rung)), plan);
      if (trial == nullptr || (trial->evaluation.within() && !trial->refuted)) return;
    }
}

void search_reranked(TunerSearch& search) {
  const auto& problem = search.problem();
  auto plan = search.uniform(problem.rungs.back());
  const auto* start = search.evaluate(fmt::format("all layers {}", model::name_of(problem.rungs.back())), plan);
  if (start == nullptr) return;
  bool within = start->evaluation.within() && !start->refuted;
  while (!within) {
    std::string best;
    double least = std::numeric_limits<double>::infinity();
    for (const auto& layer : problem.layers) {
      const auto rung = search.finer(plan.at(layer));
      if (rung == plan.at(layer)) continue;
      auto lifted = plan;
      lifted[layer] = rung;
      const auto* trial = search.evaluate(in_precision(layer, rung), lifted);
      if (trial == nullptr) return;
      const bool good = trial->evaluation.within() && !trial->refuted;
      if (good) within = true;
      if (best.empty() || trial->evaluation.excess() < least) {
        best = layer;
        least = trial->evaluation.excess();
      }
    }
    if (best.empty()) return;
    plan[best] = search.finer(plan.at(best));
  }
  take_back(search, search.best() != nullptr ? search.best()->plan : plan);
}

}  // namespace octocal::quant
