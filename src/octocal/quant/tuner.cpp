// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/tuner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/interrupt.hpp"

namespace octocal::quant {
namespace {

class Tuning {
 public:
  Tuning(const std::vector<std::string>& layers, const std::map<std::string, std::uint64_t>& macs,
         const BuildFunction& build, const ScoreFunction& score, const TunerOptions& options,
         const std::function<void(const Trial&)>& each_trial)
      : layers_(layers), macs_(macs), build_(build), score_(score), options_(options), each_trial_(each_trial) {}

  TunerResult run() {
    search();
    const auto* best = &result_.trials.front();
    for (const auto& trial : result_.trials)
      if (better(trial, *best)) best = &trial;
    result_.keep_float32 = best->keep_float32;
    result_.score = best->score;
    result_.within_tolerance = within(*best);
    return std::move(result_);
  }

 private:
  void search() {
    const auto start = evaluate("all layers int8", {});
    if (!start || within(*start)) return;
    for (const auto& layer : layers_) {
      const bool alone = options_.sensitivity == Sensitivity::kOnlyThisInt8;
      std::set<std::string> keep{layer};
      if (alone) {
        keep = {layers_.begin(), layers_.end()};
        keep.erase(layer);
      }
      const auto trial = evaluate(fmt::format("{} {}", layer, alone ? "alone in int8" : "in float32"), keep);
      if (!trial) return;
      result_.sensitivity[layer] = trial->score;
    }
    std::set<std::string> kept;
    for (const auto& layer : most_sensitive_first()) {
      kept.insert(layer);
      const auto trial = evaluate(fmt::format("{} too in float32", layer), kept);
      if (!trial) return;
      if (within(*trial)) break;
    }
    take_back(kept);
  }

  /// Layers that turn out not to be needed in float32 go back to int8, the costliest first.
  void take_back(std::set<std::string> kept) {
    std::vector<std::string> candidates(kept.begin(), kept.end());
    std::stable_sort(candidates.begin(), candidates.end(),
                     [&](const auto& a, const auto& b) { return macs_.at(a) > macs_.at(b); });
    for (const auto& layer : candidates) {
      auto fewer = kept;
      fewer.erase(layer);
      const auto trial = evaluate(fmt::format("{} back to int8", layer), fewer);
      if (!trial) return;
      if (within(*trial)) kept = std::move(fewer);
    }
  }

  std::vector<std::string> most_sensitive_first() const {
    auto order = layers_;
    const double sign = options_.sensitivity == Sensitivity::kOnlyThisInt8 ? -1 : 1;
    std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
      const double first = sign * result_.sensitivity.at(a);
      const double second = sign * result_.sensitivity.at(b);
      return first != second ? first < second : macs_.at(a) < macs_.at(b);
    });
    return order;
  }

  /// A trial, taken from the log if the same plan was tried; nothing once the budget is spent.
  std::optional<Trial> evaluate(const std::string& what, const std::set<std::string>& keep) {
    for (const auto& trial : result_.trials)
      if (trial.keep_float32 == keep) return trial;
    if (result_.trials.size() >= options_.max_evaluations) return std::nullopt;
    throw_if_interrupted();
    Trial trial{what, keep, score_(build_(keep)), int8_share(keep), 0};
    if (!std::isfinite(trial.score))
      throw bad_input(
          fmt::format("trial '{}': the score is {}, expected a finite number; check the reference and the "
                      "model",
                      what, trial.score));
    trial.predicted_cost = 1 - trial.int8_share * (1 - 1 / kInt8Speedup);
    result_.trials.push_back(trial);
    if (each_trial_) each_trial_(trial);
    return trial;
  }

  double int8_share(const std::set<std::string>& keep) const {
    double all = 0;
    double int8 = 0;
    for (const auto& layer : layers_) {
      const auto macs = static_cast<double>(macs_.at(layer));
      all += macs;
      if (!keep.contains(layer)) int8 += macs;
    }
    return all > 0 ? int8 / all : 0;
  }

  bool within(const Trial& trial) const { return trial.score <= options_.tolerance; }

  bool better(const Trial& a, const Trial& b) const {
    if (within(a) != within(b)) return within(a);
    if (within(a) && a.predicted_cost != b.predicted_cost) return a.predicted_cost < b.predicted_cost;
    return a.score < b.score;
  }

  const std::vector<std::string>& layers_;
  const std::map<std::string, std::uint64_t>& macs_;
  const BuildFunction& build_;
  const ScoreFunction& score_;
  const TunerOptions& options_;
  const std::function<void(const Trial&)>& each_trial_;
  TunerResult result_;
};

}  // namespace

TunerResult tune(const std::vector<std::string>& layers, const std::map<std::string, std::uint64_t>& macs,
                 const BuildFunction& build, const ScoreFunction& score, const TunerOptions& options,
                 const std::function<void(const Trial&)>& each_trial) {
  if (options.max_evaluations == 0)
    throw bad_input("a budget of 0 evaluations leaves nothing to choose from; give at least 1");
  return Tuning(layers, macs, build, score, options, each_trial).run();
}

TunerResult tune(const Quantizer& quantizer, const ScoreFunction& score, const TunerOptions& options,
                 const std::function<void(const Trial&)>& each_trial) {
  const BuildFunction build = [&](const auto& keep) { return quantizer.build_int8(keep).graph; };
  return tune(quantizer.layer_names(), quantizer.macs(), build, score, options, each_trial);
}

}  // namespace octocal::quant
