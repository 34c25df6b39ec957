// SPDX-License-Identifier: Apache-2.0
#include "octocal/report/summary_table.hpp"

#include <gtest/gtest.h>

#include "unit/report/validation_making.hpp"

namespace octocal::report {
namespace {

using nlohmann::json;
using testing::make_bench;
using testing::make_validation;

std::string table_of(const json& validation, const json& bench) {
  ResultFiles results;
  results.page_json = json{{"validation", validation}, {"bench", bench}}.dump();
  return summary_table(results);
}

TEST(SummaryTable, ShowsEveryNumberWithTwoFiguresOfItsError) {
  EXPECT_EQ(table_of(make_validation(), make_bench()),
            R"(                                        Geant4              float32                 int8
y mean [cells]               12.0060 +- 0.0040    12.0060 +- 0.0040    12.0060 +- 0.0040
y width [cells]               1.4689 +- 0.0030     1.4689 +- 0.0030     1.4689 +- 0.0030
z mean [layers]                13.654 +- 0.022      13.654 +- 0.022      13.654 +- 0.022
z width [layers]              4.8700 +- 0.0090     4.8700 +- 0.0090     4.8700 +- 0.0090
MSE of projections [GeV^2]                   -  (1.395 +- 0.084)e-6  (1.395 +- 0.084)e-6
  its floor [GeV^2]                          -               3.3e-5               3.3e-5
pixel-wise difference [GeV]                  -                    -     0.2104 +- 0.0023
  in % of ECAL                               -                    -       2.608 +- 0.020
AUC on profiles and moments                  -       0.612 +- 0.013       0.612 +- 0.013
AUC on 49 numbers of cells                   -       0.612 +- 0.013       0.612 +- 0.013
FPD of 49 numbers [1e-3]                     -           3.5 +- 1.0           3.5 +- 1.0
nats lost a shower                           -                    -         1.64 +- 0.17
showers/s (bench)                            -                 66.1                  229
model size [MB]                              -                 8.25                 8.25
int8 is 3.46 times as fast as float32
verdicts: 3 of 4 limits met
  missed by int8: z_mean is beyond its limit.
)");
}

TEST(SummaryTable, CountsWhatIsNotJudgedApart) {
  auto validation = make_validation();
  auto& verdict = validation["samples"][2]["verdicts"][0];
  verdict["judged"] = false;
  verdict["pass"] = false;
  verdict["sentence"] = "y_mean is not judged.";
  const auto table = table_of(validation, nullptr);
  EXPECT_NE(table.find("verdicts: 2 of 4 limits met, 1 not judged\n"
                       "  missed by int8: z_mean is beyond its limit.\n"
                       "  not judged, int8: y_mean is not judged.\n"),
            std::string::npos)
      << table;
}

TEST(SummaryTable, SaysWhereTheSpeedComesFromWithoutABenchmark) {
  const auto table = table_of(make_validation(), nullptr);
  EXPECT_NE(table.find("showers/s (in the validation)"), std::string::npos) << table;
  EXPECT_NE(table.find("68.2"), std::string::npos) << table;
  EXPECT_EQ(table.find("times as fast"), std::string::npos) << table;
}

TEST(SummaryTable, LeavesOutRowsWithoutNumbersAndShowsNullsAsDashes) {
  auto validation = make_validation();
  validation["samples"].erase(2);
  validation["samples"][1]["table3"]["y_mean"]["value"] = nullptr;
  validation["samples"][1]["verdicts"] = json::array();
  const auto table = table_of(validation, nullptr);
  EXPECT_EQ(table.find("pixel-wise"), std::string::npos) << table;
  EXPECT_NE(table.find("verdicts: no limits apply"), std::string::npos) << table;
  const auto line = table.substr(table.find("y mean"), table.find('\n', table.find("y mean")) - table.find("y mean"));
  EXPECT_EQ(line.back(), '-') << line;
}

}  // namespace
}  // namespace octocal::report
