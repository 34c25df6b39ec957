// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/epoch_report.hpp"

#include <gtest/gtest.h>

#include <string>

#include "octocal/base/error.hpp"
#include "octocal/train/physics_metrics.hpp"
#include "octocal/train/training_request.hpp"

namespace octocal::train {
namespace {

nlohmann::json physics() {
  PhysicsSummary summary;
  summary.y_mean = 12;
  summary.hits = 1600;
  summary.response = {0.028, 0.028, 0.027, 0.027};
  return nlohmann::json::parse(to_json(summary));
}

std::vector<nlohmann::json> run_of(int epochs) {
  std::vector<nlohmann::json> lines = {{{"about", {{"recipe", "<best>"}}}, {"geant4", physics()}}};
  for (int i = 1; i <= epochs; ++i)
    lines.push_back({{"step", 10 * i},
                     {"score", 5.0 / i},
                     {"score_error", 0.1},
                     {"best_step", 10 * i},
                     {"physics", physics()},
                     {"loss", {{"pairs", 1.0 / i}, {"gone", nullptr}}}});
  return lines;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(TrainingPage, StandsAloneAndDrawsEveryEpoch) {
  const auto page = training_page(run_of(7), "Run <1>", true);
  EXPECT_EQ(page.find("http"), page.find("http-equiv"));  // no address anywhere
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_NE(page.find("Run &lt;1&gt;"), std::string::npos);
  EXPECT_NE(page.find("&lt;best&gt;"), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
  // Score, 10 + 8 of physics, the loss: seven points each; the loss without numbers and the speed: none.
  EXPECT_EQ(count_of(page, "<circle"), 7u * 20);
  EXPECT_EQ(count_of(page, "nothing yet"), 2u);
  EXPECT_EQ(training_page(run_of(7), "x", false).find("refresh"), std::string::npos);
}

TEST(TrainingPage, SaysWhyATrainingStopped) {
  auto lines = run_of(2);
  lines.push_back({{"step", 21}, {"stopped", "training: mode collapse"}});
  EXPECT_NE(training_page(lines, "x", false).find("<p class=\"stopped\">training: mode collapse</p>"),
            std::string::npos);
  EXPECT_NE(training_page({}, "x", false).find("nothing yet"), std::string::npos);
}

TEST(TableRow, StandsUnderTheHeading) {
  const auto heading = table_heading(physics());
  const auto row = table_row(run_of(1).back());
  const auto title = heading.substr(0, heading.find('\n'));
  EXPECT_EQ(row.size(), title.size()) << title << "\n" << row;
  EXPECT_EQ(row.substr(0, 8), "      10");
  EXPECT_NE(row.find("5.000 +- 0.100"), std::string::npos) << row;
  EXPECT_NE(row.find("2.750 %"), std::string::npos) << row;
}

TEST(ParseMemory, KnowsUnitsAndRefusesTheRest) {
  EXPECT_EQ(parse_memory(""), 0u);
  EXPECT_EQ(parse_memory("0"), 0u);
  EXPECT_EQ(parse_memory("1.5G"), 1500000000u);
  EXPECT_EQ(parse_memory("500M"), 500000000u);
  for (const char* wrong : {"G", "-1G", "5 G", "5GB", "much", "1e300"}) EXPECT_THROW(parse_memory(wrong), Error);
}

}  // namespace
}  // namespace octocal::train
