// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "octocal/model/precision_plan.hpp"

namespace octocal::quant {

/// One number that says how far a model is from float32, and how far it may be. 0 is perfect.
struct Quantity {
  std::string name;        ///< "ecal"
  double value = 0;        ///< measured
  double error = 0;        ///< statistical, one standard deviation
  double limit = 0;        ///< that is allowed; infinite where the number is only told
  bool quadratic = false;  ///< adds up over layers as it is; other numbers add up in their squares

  /// The value that counts: a difference inside its error is none.
  double counted() const noexcept;
  /// counted() <= limit
  bool within() const noexcept;
  /// counted() in units of the limit; infinite beyond a limit of 0
  double excess() const noexcept;
};

/// What one model came to. The tuner knows nothing else of it.
struct Evaluation {
  std::size_t showers = 0;           ///< it was judged by
  std::vector<Quantity> quantities;  ///< the same for every model

  bool within() const noexcept;    ///< every quantity is
  double excess() const noexcept;  ///< the largest; 0 without quantities
  /// The quantity with the largest excess. Precondition: there is one.
  const Quantity& worst() const;
};

/// How plans are searched (docs/tuning.md).
enum class Strategy {
  kBasic,     ///< revert each layer alone, rank, accumulate: the paper's
  kReranked,  ///< sensitivities measured again in each state, needless reversions taken back
  kOctocal,   ///< noise powers that add up, the cheapest plan by an exact search, checked and repaired
};
const char* name_of(Strategy strategy) noexcept;  ///< "basic", "reranked", "octocal"
/// Error: bad_input for another text.
Strategy parse_strategy(const std::string& text);

/// What is searched, and by what it is judged.
struct TuningProblem {
  std::vector<std::string> layers;                                             ///< in graph order
  std::vector<model::Precision> rungs;                                         ///< that a layer may have, finest first
  std::map<std::string, std::uint64_t> macs;                                   ///< of each layer, a shower
  std::map<std::string, std::map<model::Precision, double>> costs;             ///< of each layer and rung, any unit
  double fixed_cost = 0;                                                       ///< that no plan changes, same unit
  std::function<model::PrecisionPlan(const model::PrecisionPlan&)> effective;  ///< what a plan comes to; none: itself
  std::function<Evaluation(const model::PrecisionPlan&)> evaluate;             ///< builds the model and measures it
  /// The same on showers that no plan was chosen by; none: the choice is not checked.
  std::function<Evaluation(const model::PrecisionPlan&)> verify;

  double cost(const model::PrecisionPlan& plan) const;           ///< sum over layers, and what is fixed
  double integer_share(const model::PrecisionPlan& plan) const;  ///< of the layers' MACs
};

/// One model that was tried.
struct Trial {
  std::string what;           ///< "all layers int8", "conv1 in int8", ...
  model::PrecisionPlan plan;  ///< as it ran (TuningProblem::effective)
  Evaluation evaluation;      ///< on the showers of the search
  double cost = 0;            ///< TuningProblem::cost
  double integer_share = 0;   ///< of the layers' MACs
  bool refuted = false;       ///< within the criteria in the search, not on the fresh showers
};

/// When the search ends.
struct TunerOptions {
  Strategy strategy = Strategy::kOctocal;  ///< how it goes
  std::size_t max_trials = 64;             ///< calls of `evaluate` at most, at least 1
  std::function<bool()> stop = {};         ///< asked before each trial: true ends the search (time is up, Ctrl-C)
  std::vector<Trial> known = {};           ///< of an earlier run on the same problem: not evaluated again, not counted
  std::vector<model::PrecisionPlan> first = {};  ///< plans to try before all others
};

/// Why the search ended.
enum class TuningEnd { kFinished, kTrials, kStopped };
const char* name_of(TuningEnd end) noexcept;  ///< "finished", "budget", "stopped"

/// What the search found.
struct TunerResult {
  model::PrecisionPlan plan;             ///< the cheapest trial within the criteria, else the one with the least excess
  Evaluation evaluation;                 ///< of it
  bool within = false;                   ///< it meets every criterion
  bool verified = false;                 ///< it met them on fresh showers, too
  Evaluation fresh;                      ///< what those showers said; without quantities where there were none
  TuningEnd end = TuningEnd::kFinished;  ///< why the search ended
  std::vector<Trial> trials;             ///< in the order in which they were made, known ones first
  /// For each layer, the excess with it alone moved: one rung down (octocal), or to float32 (basic), as far as measured.
  std::map<std::string, double> sensitivity;
};

/// Chooses each layer's rung so that all criteria hold at the least cost. Float32 for every layer is always a way out
/// where it is among the rungs. The choice is verified; one that fails is refuted, and the search goes on.
/// Deterministic if `evaluate` is and `stop` does not end it. `each_trial` is called behind every trial, with the best
/// plan within so far (none: nullptr). Errors: bad_input for a budget of 0, no layers or rungs, a number that is not
/// finite; what `evaluate` throws, but for Error(kInterrupted), which ends the search.
TunerResult tune(const TuningProblem& problem, const TunerOptions& options,
                 const std::function<void(const Trial& trial, const Trial* best)>& each_trial = {});

/// Why each layer of the result has its precision, a sentence each, from the trials.
std::map<std::string, std::string> precision_reasons(const TuningProblem& problem, const TunerResult& result);

}  // namespace octocal::quant
