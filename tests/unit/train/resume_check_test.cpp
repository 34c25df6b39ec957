// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/resume_check.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/model/network_file.hpp"
#include "octocal/train/recipe_choice.hpp"

namespace octocal::train {
namespace {

/// What a run of recipe best records.
nlohmann::json record() {
  return {{"recipe", "best"},
          {"steps", 1000},
          {"schedule_steps", 1000},
          {"steps_per_epoch", 250},
          {"batch", 16},
          {"rate", 0.01},
          {"critic_from", 700},
          {"critic_weight", 0.3},
          {"profile_steps", 2000},
          {"seed", 1},
          {"augment", true},
          {"precision", "float32"},
          {"device", "cuda:0"},
          {"tf32", true},
          {"threads", 8},
          {"patience", 0},
          {"started_from", ""},
          {"first_step", 0},
          {"stream_blocks", 0},
          {"judged_showers", 768},
          {"validation_share", 0.15},
          {"training_showers", 50},
          {"validation_showers", 9},
          {"network", model::network_text({})},
          {"energy_min_gev", 100.0},
          {"energy_max_gev", 500.0},
          {"response", {0.0, 2.5}},
          {"data_hash", "abc"}};
}

std::string refusal(const nlohmann::json& there, const nlohmann::json& here) {
  try {
    check_same_run(there, here, "run/last.ckpt");
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return {};
}

nlohmann::json with(nlohmann::json about, const std::string& key, const nlohmann::json& value) {
  about[key] = value;
  return about;
}

TEST(CheckSameRun, TakesTheSameAndWhatDecidesNothing) {
  EXPECT_EQ(refusal(record(), record()), "");
  for (const auto& [key, value] : std::vector<std::pair<std::string, nlohmann::json>>{{"steps", 2000},
                                                                                      {"patience", 9},
                                                                                      {"threads", 2},
                                                                                      {"device", "cuda:1"},
                                                                                      {"started_from", "g.onnx"},
                                                                                      {"first_step", 30},
                                                                                      {"response", {0.0, 2.4999}}})
    EXPECT_EQ(refusal(record(), with(record(), key, value)), "") << key;
}

TEST(CheckSameRun, RefusesEveryOtherDifferenceByNameWithBothValues) {
  const std::vector<std::pair<std::string, nlohmann::json>> others = {
      {"recipe", "paper"},  {"schedule_steps", 2000}, {"steps_per_epoch", 100}, {"batch", 32},
      {"rate", 0.02},       {"critic_from", 0},       {"critic_weight", 0.5},   {"profile_steps", 100},
      {"seed", 2},          {"augment", false},       {"precision", "bf16"},    {"device", "cpu"},
      {"tf32", false},      {"stream_blocks", 12},    {"judged_showers", 100},  {"validation_share", 0.2},
      {"data_hash", "abd"}, {"network", "image = 3"}};
  for (const auto& [key, value] : others) {
    const auto said = refusal(record(), with(record(), key, value));
    EXPECT_NE(said.find("run/last.ckpt: " + key + " was"), std::string::npos) << key << ": " << said;
    // What another recipe or network has learnt is of no use here.
    EXPECT_EQ(said.find("--from") != std::string::npos, key != "recipe" && key != "network") << said;
    if (key != "network") {
      EXPECT_NE(said.find(record().at(key).dump()), std::string::npos) << said;
      EXPECT_NE(said.find(value.dump()), std::string::npos) << said;
    }
    EXPECT_LT(said.size(), 250u);
  }
  // All that is recorded is either here or free: a new setting has to be put on one of the two lists.
  EXPECT_EQ(others.size() + 10, record().size());
}

TEST(CheckSameRun, TakesTheNetworkForWhatItIs) {
  // As older versions wrote it, with other comments; and of recipe cells, the sizes alone, in the paper's network.
  auto older = record();
  older["network"] = "# The networks\n" + model::network_text({});
  EXPECT_EQ(refusal(older, record()), "");
  TrainingSettings cells;
  cells.recipe = "cells";
  const auto of_cells = [](nlohmann::json about, const model::NetworkSpec& network) {
    about["recipe"] = "cells";
    about["batch"] = 64;
    about["rate"] = 1e-3;
    about["critic_from"] = about["critic_weight"] = nullptr;
    about["network"] = model::network_text(network);
    return about;
  };
  const auto here = of_cells(record(), network_of(cells));
  EXPECT_NE(here.at("network").get<std::string>().find("architecture = \"cells\""), std::string::npos);
  EXPECT_EQ(refusal(of_cells(record(), {}), here), "");
  cells.network.generator.cells.trunk = 16;
  EXPECT_NE(refusal(of_cells(record(), {}), of_cells(record(), network_of(cells))).find("network was another"),
            std::string::npos);
}

TEST(CheckSameRun, SaysWhatToGive) {
  EXPECT_NE(refusal(record(), with(record(), "rate", 0.02)).find("give --rate 0.01"), std::string::npos);
  EXPECT_NE(refusal(record(), with(record(), "augment", false)).find("give --augment"), std::string::npos);
  EXPECT_NE(refusal(with(record(), "tf32", false), record()).find("give --no-tf32"), std::string::npos);
  EXPECT_NE(refusal(record(), with(record(), "steps_per_epoch", 5)).find("give --steps-per-epoch 250"),
            std::string::npos);
  EXPECT_NE(refusal(record(), with(record(), "stream_blocks", 5)).find("give the same --memory"), std::string::npos);
}

/// Before the recipe's own values were recorded as they are.
nlohmann::json former() {
  auto about = record();
  about["batch"] = about["rate"] = about["schedule_steps"] = 0;
  about["critic_from"] = about["critic_weight"] = about["profile_steps"] = -1;
  about.erase("threads");
  return about;
}

TEST(CheckSameRun, TakesCheckpointsThatNamedTheRecipesOwnValuesByZero) {
  EXPECT_EQ(refusal(former(), record()), "");
  EXPECT_NE(refusal(former(), with(record(), "rate", 0.02)).find("rate was 0.01"), std::string::npos);
  EXPECT_NE(refusal(former(), with(record(), "schedule_steps", 2000)).find("schedule_steps was 1000"),
            std::string::npos);
  // In that recipe the rates fall with the steps that were asked for: more of them is another run.
  EXPECT_NE(refusal(with(former(), "steps", 500), record()).find("schedule_steps was 500"), std::string::npos);
  auto paper = with(former(), "recipe", "paper");
  auto now = with(with(with(record(), "recipe", "paper"), "batch", 128), "rate", 5e-4);
  for (const char* key : {"schedule_steps", "critic_from", "critic_weight", "profile_steps"}) now[key] = nullptr;
  EXPECT_EQ(refusal(paper, now), "");
}

TEST(CheckSameRun, TakesOrRefusesCheckpointsThatLackASetting) {
  auto there = record(), here = with(record(), "device", "cpu");
  for (const char* key : {"network", "validation_share", "precision", "stream_blocks", "device", "tf32"})
    there.erase(key);
  EXPECT_EQ(refusal(there, here), "");
  EXPECT_NE(refusal(there, with(here, "precision", "bf16")).find("precision was \"float32\""), std::string::npos);
  there.erase("judged_showers");
  const auto said = refusal(there, here);
  EXPECT_NE(said.find("does not say its judged_showers"), std::string::npos) << said;
  EXPECT_NE(said.find("--from"), std::string::npos) << said;
}

}  // namespace
}  // namespace octocal::train
