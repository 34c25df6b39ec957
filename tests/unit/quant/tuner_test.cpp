// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/tuner.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "unit/quant/reference_backend.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal::quant {
namespace {

const std::vector<std::string> kLayers = {"a", "b", "c", "d", "e"};
const std::map<std::string, std::uint64_t> kMacs = {{"a", 10}, {"b", 40}, {"c", 20}, {"d", 20}, {"e", 10}};

/// A graph that only says which layers are in float32.
model::Graph plan_only(const std::set<std::string>& keep) {
  model::Graph graph;
  for (const auto& layer : keep) graph.metadata[layer] = "float32";
  return graph;
}

/// Sum of the penalties of the layers that are in int8: the optimum for a tolerance is known.
ScoreFunction sum_of(std::map<std::string, double> penalties) {
  return [penalties = std::move(penalties)](const model::Graph& graph) {
    double sum = 0;
    for (const auto& [layer, penalty] : penalties)
      if (!graph.metadata.contains(layer)) sum += penalty;
    return sum;
  };
}

const std::map<std::string, double> kPenalties = {{"a", 0.1}, {"b", 5}, {"c", 0.2}, {"d", 3}, {"e", 0.05}};

TunerResult tuned(const ScoreFunction& score, const TunerOptions& options) {
  return tune(kLayers, kMacs, plan_only, score, options);
}

TEST(Tuner, StopsAtOnceWhenInt8IsGoodEnough) {
  const auto result = tuned(sum_of(kPenalties), {.tolerance = 10});
  EXPECT_EQ(result.trials.size(), 1u);
  EXPECT_TRUE(result.within_tolerance);
  EXPECT_TRUE(result.keep_float32.empty());
  EXPECT_EQ(result.trials[0].int8_share, 1);
}

TEST(Tuner, FindsTheOptimumWithEitherSensitivity) {
  for (const auto sensitivity : {Sensitivity::kOnlyThisFloat32, Sensitivity::kOnlyThisInt8}) {
    const auto result = tuned(sum_of(kPenalties), {.tolerance = 0.5, .sensitivity = sensitivity});
    EXPECT_EQ(result.keep_float32, (std::set<std::string>{"b", "d"}));
    EXPECT_NEAR(result.score, 0.35, 1e-12);
    EXPECT_TRUE(result.within_tolerance);
    EXPECT_EQ(result.sensitivity.size(), 5u);
  }
  const auto alone = tuned(sum_of(kPenalties), {.tolerance = 0.5, .sensitivity = Sensitivity::kOnlyThisInt8});
  EXPECT_NEAR(alone.sensitivity.at("b"), 5, 1e-12);
}

TEST(Tuner, TakesBackWhatIsNotNeeded) {
  // Greedy keeps b (0.9 gained) and c; but with c (and d) in float32, b matters no more.
  const ScoreFunction score = [](const model::Graph& graph) {
    const auto kept = [&](const char* layer) { return graph.metadata.contains(layer); };
    if (kept("c") && kept("d")) return 0.0;
    return kept("b") ? 1.0 : kept("c") ? 1.5 : kept("d") ? 1.6 : 2.0;
  };
  const auto result = tuned(score, {.tolerance = 0.5});
  EXPECT_EQ(result.keep_float32, (std::set<std::string>{"c", "d"}));
}

TEST(Tuner, PrefersTheCheaperLayerAmongEquals) {
  // Either of b (40 MACs) and e (10 MACs) in float32 is enough.
  const ScoreFunction score = [](const model::Graph& graph) {
    return graph.metadata.contains("b") || graph.metadata.contains("e") ? 0.0 : 1.0;
  };
  EXPECT_EQ(tuned(score, {.tolerance = 0.1}).keep_float32, std::set<std::string>{"e"});
}

TEST(Tuner, StaysWithinItsBudgetAndReturnsTheBestSeen) {
  for (std::size_t budget = 1; budget <= 8; ++budget) {
    std::size_t calls = 0;
    const auto sum = sum_of(kPenalties);
    const ScoreFunction counted = [&](const model::Graph& graph) {
      ++calls;
      return sum(graph);
    };
    const auto result = tuned(counted, {.tolerance = 0, .max_evaluations = budget});
    EXPECT_EQ(calls, budget);
    EXPECT_EQ(result.trials.size(), budget);
    EXPECT_FALSE(result.within_tolerance);
    for (const auto& trial : result.trials) EXPECT_LE(result.score, trial.score);
  }
  EXPECT_THROW(tuned(sum_of(kPenalties), {.max_evaluations = 0}), Error);
}

TEST(Tuner, EndsWithEverythingInFloat32WhereNothingElseHelps) {
  const auto result = tuned(sum_of(kPenalties), {.tolerance = 0});
  EXPECT_EQ(result.keep_float32.size(), 5u);
  EXPECT_TRUE(result.within_tolerance);
  EXPECT_EQ(result.score, 0);
}

TEST(Tuner, LogsTheSameTrialsEveryTime) {
  std::vector<std::string> log;
  const auto note = [&](const Trial& trial) { log.push_back(trial.what); };
  const auto first = tune(kLayers, kMacs, plan_only, sum_of(kPenalties), {.tolerance = 0.5}, note);
  ASSERT_EQ(log.size(), first.trials.size());
  EXPECT_EQ(log[0], "all layers int8");
  EXPECT_EQ(log[1], "a in float32");
  const auto second = tuned(sum_of(kPenalties), {.tolerance = 0.5});
  for (std::size_t i = 0; i < log.size(); ++i) EXPECT_EQ(second.trials[i].what, log[i]);
}

TEST(Tuner, PredictsTheCostFromTheMacs) {
  const auto result = tuned(sum_of(kPenalties), {.tolerance = 0.5});
  // b and d of 100 MACs are 60: the rest in int8.
  const double share = 0.4;
  for (const auto& trial : result.trials) {
    if (trial.keep_float32 != result.keep_float32) continue;
    EXPECT_NEAR(trial.int8_share, share, 1e-12);
    EXPECT_NEAR(trial.predicted_cost, 0.6 + 0.4 / kInt8Speedup, 1e-12);
  }
}

TEST(Tuner, RefusesAScoreThatIsNotFinite) {
  const ScoreFunction score = [](const model::Graph&) { return std::numeric_limits<double>::quiet_NaN(); };
  try {
    tuned(score, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("all layers int8"), std::string::npos) << error.what();
  }
}

TEST(Tuner, BuildsRealModels) {
  const Quantizer quantizer(testing::small_generator(), testing::small_showers(8), {.bias_correction = false},
                            testing::reference_backend(), "test");
  // A score that counts int8 layers: two may stay.
  const ScoreFunction score = [](const model::Graph& graph) {
    return static_cast<double>(testing::count_op(graph, "DequantizeLinear") -
                               testing::count_op(graph, "QuantizeLinear"));
  };
  const auto result = tune(quantizer, score, {.tolerance = 2});
  EXPECT_EQ(result.keep_float32.size(), 5u);
  EXPECT_LE(result.score, 2);
}

}  // namespace
}  // namespace octocal::quant
