// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/tuning.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/study/tuning_history.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal::study {
namespace {

TEST(ParseCriteria, ReadsQuantitiesLimitsAndUnits) {
  const auto criteria =
      parse_criteria({"ecal<=0.5%", "cells <= 0.06", "profile<=2%", "mse<=1.05x", "mse<=1e-4", "nats<=5"});
  ASSERT_EQ(criteria.size(), 7U);
  EXPECT_EQ(criteria[0].quantity, "ecal");
  EXPECT_NEAR(criteria[0].limit, 0.005, 1e-15);
  EXPECT_NEAR(criteria[1].limit, 0.06, 1e-15);
  EXPECT_EQ(criteria[2].quantity, "profile_y");
  EXPECT_EQ(criteria[3].quantity, "profile_z");
  EXPECT_EQ(criteria[4].quantity, "mse_excess");
  EXPECT_NEAR(criteria[4].limit, 0.05, 1e-12);
  EXPECT_EQ(criteria[5].limit, 1e-4);
  EXPECT_EQ(criteria[6].quantity, "nats");
  EXPECT_EQ(criteria[6].limit, 5);
  for (const char* wrong :
       {"", "ecal", "ecal<=", "ecal<=-1%", "ecal<=nan", "ecal<=1km", "ecal<=1x", "nats<=5%", "energy<=1%", "<=1%"})
    EXPECT_THROW(parse_criteria({wrong}), Error) << wrong;
}

TEST(ParseBudget, ReadsTrialsAndTimes) {
  EXPECT_EQ(parse_budget("40").trials, 40U);
  EXPECT_EQ(parse_budget("40").seconds, 0);
  EXPECT_EQ(parse_budget("600s").seconds, 600);
  EXPECT_EQ(parse_budget("10m").seconds, 600);
  EXPECT_EQ(parse_budget("1.5h").seconds, 5400);
  for (const char* wrong : {"", "0", "-1", "1.5", "1e3", "m", "10 apples", "nan", "inf", "200000"})
    EXPECT_THROW(parse_budget(wrong), Error) << wrong;
}

TEST(ParseObjective, ReadsOneOrTheSharesOfAMix) {
  ObjectiveShares shares;
  EXPECT_EQ(parse_objective("memory", shares), Objective::kMemory);
  EXPECT_EQ(parse_objective("mix", shares), Objective::kMix);
  EXPECT_EQ(shares.speed, 1);
  EXPECT_EQ(shares.size, 1);
  EXPECT_EQ(parse_objective("speed:2,size:0.5", shares), Objective::kMix);
  EXPECT_EQ(shares.speed, 2);
  EXPECT_EQ(shares.size, 0.5);
  EXPECT_EQ(shares.memory, 0);
  for (const char* wrong : {"", "fast", "speed:", "speed:x", "speed:-1,size:2", "size:0", "mix:1", "speed:1;size:1"})
    EXPECT_THROW(parse_objective(wrong, shares), Error) << wrong;
}

// Weights in int8 are a
// quarter of float32's bytes, so that all of size in int8 costs a quarter, and half and half with memory lies between.
TEST(LayerCosts, OfAMixAreSharesOfTheFinestRung) {
  OpenModel source;
  source.file = "small";
  source.graph = quant::testing::small_generator();
  source.info = quant::testing::small_info();
  const quant::Quantizer quantizer(source.graph, quant::testing::small_showers(4), {}, quant::engine_backend(),
                                   "small");
  const std::vector rungs{model::Precision::kFloat32, model::Precision::kInt16x8, model::Precision::kInt8};
  const auto cost = [&](Objective objective, const ObjectiveShares& shares, model::Precision rung) {
    const auto costs = layer_costs(objective, shares, quantizer, source, rungs, 1, 1, false);
    double sum = costs.fixed;
    for (const auto& layer : quantizer.layer_names()) sum += costs.layers.at(layer).at(rung);
    return sum;
  };
  const ObjectiveShares size{0, 2, 0}, both{0, 3, 1};
  EXPECT_NEAR(cost(Objective::kMix, size, model::Precision::kFloat32), 1, 1e-12);
  EXPECT_NEAR(cost(Objective::kMix, size, model::Precision::kInt8), 0.25, 1e-12);
  EXPECT_NEAR(cost(Objective::kMix, both, model::Precision::kFloat32), 1, 1e-12);
  const double memory = cost(Objective::kMemory, {}, model::Precision::kInt16x8) /
                        cost(Objective::kMemory, {}, model::Precision::kFloat32);
  EXPECT_NEAR(cost(Objective::kMix, both, model::Precision::kInt16x8), 0.75 * 0.25 + 0.25 * memory, 1e-12);
}

TEST(Decided, WantsErrorsBelowAThirdOfTheLimitOrAClearVerdict) {
  const auto one = [](double value, double error, double limit) {
    return std::vector<quant::Quantity>{{"ecal", value, error, limit}};
  };
  EXPECT_TRUE(decided(one(0.004, 0.0016, 0.005)));  // a third of the limit
  EXPECT_FALSE(decided(one(0.004, 0.002, 0.005)));
  EXPECT_TRUE(decided(one(0.02, 0.004, 0.005)));  // beyond, by three errors and more
  EXPECT_FALSE(decided(one(0.01, 0.002, 0.005)));
  EXPECT_TRUE(decided(one(9, 9, std::numeric_limits<double>::infinity())));  // only told
  // Error 0.002 at 100 showers: 0.005 / 3 needs 100 (0.006 / 0.005)^2.
  EXPECT_NEAR(needed_showers(one(0.004, 0.002, 0.005), 100), 144, 1e-9);
}

TEST(History, GivesBackWhatWasWrittenAndRefusesAnotherTuning) {
  const octocal::test::TemporaryFolder folder;
  const auto file = folder.file("h.json");
  quant::Trial trial{"conv1 in int8",
                     {{"conv1", model::Precision::kInt8}, {"conv2", model::Precision::kInt16x8}},
                     {128, {{"ecal", 0.1, 0.01, 0.2}, {"mse", 1e-4, 0, std::numeric_limits<double>::infinity(), true}}},
                     0,
                     0.5,
                     true};
  write_history(file, R"({"model": "abc", "seed": 1})", {trial});
  const auto read = read_history(file, R"({"model": "abc", "seed": 1})");
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].what, trial.what);
  EXPECT_EQ(read[0].plan, trial.plan);
  EXPECT_TRUE(read[0].refuted);
  EXPECT_EQ(read[0].evaluation.showers, 128U);
  EXPECT_EQ(read[0].evaluation.quantities[0].error, 0.01);
  EXPECT_TRUE(std::isinf(read[0].evaluation.quantities[1].limit));
  EXPECT_TRUE(read[0].evaluation.quantities[1].quadratic);
  try {
    read_history(file, R"({"model": "abc", "seed": 2})");
    FAIL();
  } catch (const Error& error) {
    for (const char* part : {"h.json", "seed differs"})
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
  for (const char* text : {"", "[]", "{}", R"({"format": "octocal tuning history 1", "of": {}, "trials": [{}]})"}) {
    write_text_file(file, text);
    EXPECT_THROW(read_history(file, "{}"), Error) << text;
  }
}

TEST(ReadPlan, TakesAPlanOrADocumentThatHoldsOne) {
  const octocal::test::TemporaryFolder folder;
  const auto file = folder.file("p.json");
  const model::PrecisionPlan plan = {{"a", model::Precision::kInt8}};
  write_text_file(file, R"({"a": "int8"})");
  EXPECT_EQ(read_plan(file), plan);
  write_text_file(file, R"({"plan": {"a": "int8"}, "seconds": 3})");
  EXPECT_EQ(read_plan(file), plan);
  write_text_file(file, R"({"a": "int9"})");
  EXPECT_THROW(read_plan(file), Error);
}

}  // namespace
}  // namespace octocal::study
