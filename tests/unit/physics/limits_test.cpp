// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/limits.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "octocal/base/error.hpp"

namespace octocal::physics {
namespace {

Comparison comparison(const char* quantity, double value, double error, const char* where = "") {
  return {quantity, "mean of z", {value, error, 0.001}, where};
}

Limits limits_of(const char* rows) {
  return parse_limits(std::string(R"({"name": "test", "sigmas": 1, "limits": [)") + rows + "]}", "l.json");
}

std::string message_of(const std::string& text) {
  try {
    parse_limits(text, "l.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "accepted";
}

TEST(Verdicts, AllowTheStatisticalErrorAndNoMore) {
  const auto limits = limits_of(R"({"quantity": "z_mean", "limit": 0.01})");
  EXPECT_TRUE(judge({comparison("z_mean", -0.009, 0.001)}, limits, "Geant4")[0].pass);
  EXPECT_TRUE(judge({comparison("z_mean", -0.0109, 0.001)}, limits, "Geant4")[0].pass);
  EXPECT_FALSE(judge({comparison("z_mean", -0.0111, 0.001)}, limits, "Geant4")[0].pass);
  EXPECT_TRUE(judge({comparison("z_mean", 0.01, 0)}, limits, "Geant4")[0].judged);  // exact is an error, too
}

TEST(Verdicts, DoNotJudgeWhatHasNoError) {
  const auto limits = limits_of(R"({"quantity": "z_mean", "limit": 0.01}, {"quantity": "mse_over_floor", "limit": 2},
                                   {"quantity": "tail_share", "limit": 0.3}, {"quantity": "response_bins", "limit": 0.1})");
  Comparison bins{"response_bins", "response in bins", {0.2, kUndefined, 0.001}, "100-140 GeV"};
  bins.unjudged = 10;
  const auto verdicts = judge({comparison("z_mean", 0.02, kUndefined), comparison("mse_over_floor", 1.5, kUndefined),
                               comparison("tail_share", kUndefined, kUndefined), bins},
                              limits, "Geant4");
  ASSERT_EQ(verdicts.size(), 4U);
  for (const auto& verdict : verdicts) {
    EXPECT_FALSE(verdict.judged);
    EXPECT_FALSE(verdict.pass);
  }
  EXPECT_EQ(verdicts[0].sentence,
            "mean of z differs from Geant4 by +2.00 %, which has no error (too few showers), and is not judged against "
            "the limit of 1 %.");
  EXPECT_EQ(verdicts[1].sentence,
            "mean of z is 1.5, which has no error (too few showers), and is not judged against the limit of 2.");
  EXPECT_EQ(verdicts[2].sentence, "mean of z cannot be computed, and is not judged against the limit of 30 %.");
  EXPECT_EQ(
      verdicts[3].sentence,
      "response in bins (100-140 GeV) differs from Geant4 by +20.0 %, which has no error (too few showers), and is "
      "not judged against the limit of 10 %.");
  auto all = verdicts;
  all.push_back(judge({comparison("z_mean", 0.001, 0.001)}, limits, "Geant4")[0]);
  all.push_back(judge({comparison("z_mean", 0.1, 0.001)}, limits, "Geant4")[0]);
  const auto counted = count(all);
  EXPECT_EQ(counted.all, 6U);
  EXPECT_EQ(counted.met, 1U);
  EXPECT_EQ(counted.missed, 1U);
  EXPECT_EQ(counted.unjudged, 4U);
}

TEST(Verdicts, OfBinsOfWhichSomeHaveNoErrorSayHowMany) {
  const auto limits = limits_of(R"({"quantity": "response_bins", "limit": 0.01})");
  Comparison bins{"response_bins", "response", {0.005, 0.001, 0.001}, "b"};
  bins.parts = {{{0.005, 0.001, 0.001}, "b"}};
  bins.unjudged = 9;
  const auto verdict = judge({bins}, limits, "Geant4")[0];
  EXPECT_TRUE(verdict.judged);
  EXPECT_TRUE(verdict.pass);
  EXPECT_EQ(verdict.errors, 1);  // of the one part that is judged
  EXPECT_EQ(verdict.sentence,
            "response, at worst (b) differs by +0.50 % +- 0.10 % from Geant4, within the limit of 1 %; 9 more have too "
            "few showers to be judged.");
}

TEST(Verdicts, AreSentences) {
  const auto limits = limits_of(R"({"quantity": "z_mean", "limit": 0.01}, {"quantity": "mse_over_floor", "limit": 2})");
  const auto verdicts =
      judge({comparison("mse_over_floor", 3, 0.2), comparison("z_mean", 0.005, 0.001, "z = 3")}, limits, "Geant4");
  ASSERT_EQ(verdicts.size(), 2U);
  EXPECT_EQ(verdicts[0].sentence,
            "mean of z, at worst (z = 3) differs by +0.50 % +- 0.10 % from Geant4, within the limit of 1 %.");
  EXPECT_EQ(verdicts[1].sentence, "mean of z: 3.00 +- 0.20, beyond the limit of 2.");
}

TEST(Verdicts, ShowEnoughDigits) {
  const auto limits = limits_of(R"({"quantity": "z_mean", "limit": 0.01})");
  EXPECT_EQ(judge({comparison("z_mean", -0.0000123, 0.000046)}, limits, "Geant4")[0].sentence,
            "mean of z differs by -0.0012 % +- 0.0046 % from Geant4, within the limit of 1 %.");
  EXPECT_EQ(judge({comparison("z_mean", 0.0105, 0.001)}, limits, "A")[0].sentence,
            "mean of z differs by +1.05 % +- 0.10 % from A, within, given its error, the limit of 1 %.");
}

TEST(Limits, ShippedOnesJudgeWhatTheProjectPromises) {
  const Limits& limits = shipped_limits();
  EXPECT_EQ(limits.sigmas, 1);
  double z_mean = 0, y_width = 0;
  for (const auto& limit : limits.limits) {
    if (limit.quantity == "z_mean") z_mean = limit.limit;
    if (limit.quantity == "y_width") y_width = limit.limit;
  }
  EXPECT_EQ(z_mean, 0.002);
  EXPECT_EQ(y_width, 0.01);
}

TEST(AllowedErrors, KeepTheChanceOfOneErrorForTheWorstOfMany) {
  EXPECT_EQ(allowed_errors(1, 1), 1);
  EXPECT_EQ(allowed_errors(2, 0), 2);  // one number has no parts
  EXPECT_EQ(allowed_errors(0, 10), 0);
  // 0.6827^(1/10) = 0.96255, the share of a Gaussian within 2.081 standard deviations (tables).
  EXPECT_NEAR(allowed_errors(1, 10), 2.081, 0.002);
  std::mt19937 engine(3);
  std::normal_distribution<double> normal;
  int within[2] = {0, 0};
  constexpr int kTrials = 20'000;
  for (int trial = 0; trial < kTrials; ++trial) {
    double worst = 0;
    for (int part = 0; part < 4; ++part) worst = std::max(worst, std::abs(normal(engine)));
    within[0] += worst < allowed_errors(1, 4) ? 1 : 0;
    within[1] += worst < allowed_errors(2, 4) ? 1 : 0;
  }
  EXPECT_NEAR(within[0] / static_cast<double>(kTrials), 0.6827, 0.015);
  EXPECT_NEAR(within[1] / static_cast<double>(kTrials), 0.9545, 0.007);
}

TEST(Verdicts, OfManyBinsAllowForTheWorstOfThem) {
  const auto limits = limits_of(R"({"quantity": "response_bins", "limit": 0.01})");
  Comparison bins{"response_bins", "response", {0.012, 0.0001, 0.001}, "b"};
  // Two bins allow 1.35 errors. Bin a is further off, b further beyond its error.
  bins.parts = {{{0.014, 0.004, 0.001}, "a"}, {{-0.012, 0.0001, 0.001}, "b"}};
  const auto missed = judge({bins}, limits, "Geant4")[0];
  EXPECT_FALSE(missed.pass);
  EXPECT_EQ(missed.comparison.where, "b");
  EXPECT_NEAR(missed.errors, 1.35, 0.02);
  bins.parts[1].number.value = -0.005;
  const auto kept = judge({bins}, limits, "Geant4")[0];
  EXPECT_TRUE(kept.pass);
  EXPECT_EQ(kept.comparison.where, "a");
  EXPECT_EQ(kept.sentence,
            "response, at worst (a) differs by +1.40 % +- 0.40 % from Geant4, within, given 1.4 errors (the worst of "
            "2), the limit of 1 %.");
}

TEST(Limits, RefuseWhatTheyDoNotUnderstand) {
  EXPECT_NE(message_of("{").find("l.json: not a file of limits"), std::string::npos);
  EXPECT_NE(message_of(R"({"name": "x", "sigmas": 1, "limits": [{"quantity": "w_mean", "limit": 1}]})")
                .find("unknown quantity 'w_mean'"),
            std::string::npos);
  EXPECT_NE(message_of(R"({"name": "x", "sigmas": 1, "limits": [{"quantity": "z_mean", "limit": 0}]})")
                .find("the limit of z_mean is 0, expected more than zero"),
            std::string::npos);
  EXPECT_NE(message_of(R"({"name": "x", "sigmas": -1, "limits": []})").find("sigmas is -1"), std::string::npos);
}

}  // namespace
}  // namespace octocal::physics
