#include "octocal/physics/limits.hpp"

#include <gtest/gtest.h>

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
  EXPECT_FALSE(judge({comparison("z_mean", 0.0111, kUndefined)}, limits, "Geant4")[0].pass);
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

TEST(Verdicts, ShowEnoughDigitsAndNoUndefinedError) {
  const auto limits = limits_of(R"({"quantity": "z_mean", "limit": 0.01})");
  EXPECT_EQ(judge({comparison("z_mean", -0.0000123, 0.000046)}, limits, "Geant4")[0].sentence,
            "mean of z differs by -0.0012 % +- 0.0046 % from Geant4, within the limit of 1 %.");
  EXPECT_EQ(judge({comparison("z_mean", 0.02, kUndefined)}, limits, "Geant4")[0].sentence,
            "mean of z differs by +2.00 % from Geant4, beyond the limit of 1 %.");
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
  EXPECT_EQ(z_mean, 0.01);
  EXPECT_EQ(y_width, 0.05);
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
