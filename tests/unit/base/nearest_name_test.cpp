// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/nearest_name.hpp"

#include <gtest/gtest.h>

namespace octocal {
namespace {

const std::vector<std::string> kOptions = {"--help", "--showers", "--streams", "--seed", "--model", "--model-info"};
const std::vector<std::string> kVerbs = {"info", "inspect", "generate", "validate"};

TEST(NearestName, MendsSwappedMissingAddedAndWrongLetters) {
  EXPECT_EQ(nearest_name("--shwoers", kOptions), "--showers");
  EXPECT_EQ(nearest_name("--shower", kOptions), "--showers");
  EXPECT_EQ(nearest_name("--sseed", kOptions), "--seed");
  EXPECT_EQ(nearest_name("--steams", kOptions), "--streams");
  EXPECT_EQ(nearest_name("-model", kOptions), "--model");
  EXPECT_EQ(nearest_name("generat", kVerbs), "generate");
  EXPECT_EQ(nearest_name("inof", kVerbs), "info");
}

TEST(NearestName, CompletesABeginning) {
  EXPECT_EQ(nearest_name("gen", kVerbs), "generate");
  EXPECT_EQ(nearest_name("--str", kOptions), "--streams");
}

TEST(NearestName, GuessesNothingFarFetched) {
  EXPECT_EQ(nearest_name("--frobnicate", kOptions), "");
  EXPECT_EQ(nearest_name("xy", kVerbs), "");
  EXPECT_EQ(nearest_name("", kVerbs), "");
  EXPECT_EQ(nearest_name("--", kOptions), "");
  EXPECT_EQ(nearest_name("anything", {}), "");
}

}  // namespace
}  // namespace octocal
