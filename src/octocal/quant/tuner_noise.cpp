// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/tuner_noise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "octocal/base/expect.hpp"

namespace octocal::quant {
namespace {

constexpr int kSweeps = 300;
// How well powers add up; showers' errors come on top.
constexpr double kRelativeError = 0.05;
// What was never tried in a finer rung is taken to have this much of the power one rung coarser.
constexpr double kFinerShare = 0.1;
// Powers below this share of the limit are as good as none.
constexpr double kNegligible = 0.01;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

model::Precision rung_of(const model::PrecisionPlan& plan, const std::string& layer) {
  const auto found = plan.find(layer);
  return found == plan.end() ? model::Precision::kFloat32 : found->second;
}

struct Equation {
  std::vector<std::size_t> unknowns;  ///< one a layer that is not float32
  double power = 0;
  double weight = 1;  ///< 1 / error^2
};

/// Least squares for one quantity with a weak pull to `prior`, by coordinate descent; no power below 0.
std::vector<double> solve(const std::vector<Equation>& equations, const std::vector<double>& prior, double negligible) {
  auto x = prior;
  std::vector<double> sums(equations.size(), 0);
  std::vector<std::vector<std::size_t>> rows(x.size());
  for (std::size_t e = 0; e < equations.size(); ++e)
    for (const auto i : equations[e].unknowns) {
      sums[e] += x[i];
      rows[i].push_back(e);
    }
  for (int sweep = 0; sweep < kSweeps; ++sweep)
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (rows[i].empty()) continue;
      // The prior only decides what the trials leave open.
      double width = prior[i] + negligible;
      for (const auto e : rows[i]) width = std::max(width, equations[e].power);
      double pull = (prior[i] - x[i]) / (width * width);
      double curvature = 1 / (width * width);
      for (const auto e : rows[i]) {
        pull += equations[e].weight * (equations[e].power - sums[e]);
        curvature += equations[e].weight;
      }
      const double step = std::max(pull / curvature, -x[i]);
      x[i] += step;
      for (const auto e : rows[i]) sums[e] += step;
    }
  return x;
}

}  // namespace

double power_of(const Quantity& quantity, double value) noexcept {
  return quantity.quadratic ? value : value * std::abs(value);
}

NoiseModel::NoiseModel(const TuningProblem& problem, const std::vector<Trial>& trials) : rungs_(problem.rungs.size()) {
  OCTOCAL_EXPECT(!trials.empty());
  const std::size_t layers = problem.layers.size();
  const auto number_of = [&](model::Precision rung) {
    return static_cast<std::size_t>(std::find(problem.rungs.begin(), problem.rungs.end(), rung) -
                                    problem.rungs.begin());
  };
  for (std::size_t q = 0; q < trials.front().evaluation.quantities.size(); ++q) {
    const auto& first = trials.front().evaluation.quantities[q];
    const double limit = power_of(first, first.limit);
    limits_.push_back(limit);
    powers_.emplace_back(layers * rungs_, 0.0);
    if (std::isinf(limit)) continue;
    const double negligible = std::max(kNegligible * std::abs(limit), 1e-30);

    std::vector<double> uniform(rungs_, kInfinity);  // a layer's share of the power of the least noisy plan of a rung
    std::vector<Equation> equations;
    for (const auto& trial : trials) {
      const auto& quantity = trial.evaluation.quantities.at(q);
      Equation equation;
      equation.power = std::max(0.0, power_of(quantity, quantity.value));
      const double error = kRelativeError * equation.power + power_of(quantity, quantity.error) + negligible;
      equation.weight = 1 / (error * error);
      std::size_t coarsest = 0;
      for (std::size_t l = 0; l < layers; ++l) {
        const auto rung = rung_of(trial.plan, problem.layers[l]);
        const auto r = number_of(rung);
        if (rung == model::Precision::kFloat32 || r >= rungs_) continue;
        equation.unknowns.push_back(l * rungs_ + r);
        coarsest = std::max(coarsest, r);
      }
      if (equation.unknowns.empty()) continue;
      uniform[coarsest] = std::min(uniform[coarsest], equation.power / static_cast<double>(equation.unknowns.size()));
      equations.push_back(std::move(equation));
    }
    double prior = 0;
    std::vector<double> priors(rungs_, 0);
    for (std::size_t r = rungs_; r-- > 0;) {
      prior = std::min(std::isfinite(uniform[r]) ? uniform[r] : kInfinity,
                       r + 1 < rungs_ ? kFinerShare * prior : kInfinity);
      if (!std::isfinite(prior)) prior = negligible;
      priors[r] = problem.rungs[r] == model::Precision::kFloat32 ? 0 : prior;
    }
    std::vector<double> start;
    for (std::size_t l = 0; l < layers; ++l) start.insert(start.end(), priors.begin(), priors.end());
    powers_.back() = solve(equations, start, negligible);
    for (std::size_t l = 0; l < layers; ++l)
      for (std::size_t r = 1; r < rungs_; ++r) {
        auto& power = powers_.back()[l * rungs_ + r];
        power = std::max(power, powers_.back()[l * rungs_ + r - 1]);
      }
  }
}

}  // namespace octocal::quant
