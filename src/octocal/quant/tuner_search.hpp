// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>

#include "octocal/quant/tuner.hpp"

namespace octocal::quant {

/// A search in progress: the log of trials, the budget, and the best so far. The strategies move it on.
class TunerSearch {
 public:
  /// Called behind each trial, with the best so far.
  using EachTrial = std::function<void(const Trial& trial, const Trial* best)>;

  /// Refers to all three for its life. Errors: as tune().
  TunerSearch(const TuningProblem& problem, const TunerOptions& options, const EachTrial& each_trial);

  /// What is to be tuned.
  const TuningProblem& problem() const noexcept { return problem_; }
  /// The log so far.
  const std::vector<Trial>& trials() const noexcept { return result_.trials; }
  /// What has been found so far; a strategy adds to it.
  TunerResult& result() noexcept { return result_; }

  /// The plan's trial, from the log if it was made; nullptr once the budget is spent. Valid until the next call.
  const Trial* evaluate(const std::string& what, const model::PrecisionPlan& plan);
  /// The trial of this plan in the log, nullptr if there is none.
  const Trial* find(const model::PrecisionPlan& plan) const;
  /// The cheapest trial within the criteria that is not refuted; nullptr if there is none.
  const Trial* best() const;
  /// Whether the search may go on.
  bool over() const noexcept { return over_; }
  void stop(TuningEnd end) noexcept;

  /// All layers in one precision.
  model::PrecisionPlan uniform(model::Precision precision) const;
  /// Each layer in the rung that costs least; of equals the finest.
  model::PrecisionPlan cheapest() const;
  /// The next finer rung; the same for the finest.
  model::Precision finer(model::Precision rung) const;
  /// What a plan comes to.
  model::PrecisionPlan effective(const model::PrecisionPlan& plan) const;

  /// Verifies the best and gives the result; false if it was refuted and the search should go on.
  bool conclude();

 private:
  const Trial* add(const std::string& what, const model::PrecisionPlan& plan);

  const TuningProblem& problem_;
  const TunerOptions& options_;
  const EachTrial& each_trial_;
  TunerResult result_;
  std::size_t made_ = 0;
  bool over_ = false;
};

/// The strategies. Each ends when it has nothing more to try, or the search is over.
void search_basic(TunerSearch& search);
void search_reranked(TunerSearch& search);
void search_octocal(TunerSearch& search);

}  // namespace octocal::quant
