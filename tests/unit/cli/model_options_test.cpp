// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/model_options.hpp"

#include <gtest/gtest.h>

#include <string>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"

namespace octocal::cli {
namespace {

TEST(ParseStreams, TakesAutoAndSaneNumbers) {
  EXPECT_EQ(parse_streams("auto"), 0);
  EXPECT_EQ(parse_streams("1"), 1);
  EXPECT_EQ(parse_streams("1024"), 1024);
}

TEST(ParseStreams, RefusesAbsurdNumbers) {
  for (const char* text : {"0", "-1", "1025", "99999999999999999999", "two", "", "2 ", "1.5"})
    EXPECT_THROW(parse_streams(text), Error) << text;
}

TEST(EngineOptions, AffinityIsWhatIsAskedOrCompactWhereAllCoresAreTaken) {
  const int cores = usable_cores();
  const auto whole = cores > 1 ? engine::Affinity::kCompact : engine::Affinity::kNone;
  const auto parse = [](const std::string& streams, const std::string& affinity) {
    EngineOptions options;
    options.streams = streams;
    options.affinity = affinity;
    return options.settings().affinity;
  };
  EXPECT_EQ(parse("auto", ""), whole);
  EXPECT_EQ(parse(std::to_string(cores), ""), whole);
  EXPECT_EQ(parse(std::to_string(cores + 1), ""), engine::Affinity::kNone);
  EXPECT_EQ(parse("1", ""), engine::Affinity::kNone);
  EXPECT_EQ(parse("auto", "none"), engine::Affinity::kNone);
  EXPECT_EQ(parse("3", "spread"), engine::Affinity::kSpread);
  EXPECT_THROW(parse("3", "scatter"), Error);
  EXPECT_THROW(parse("none", "none"), Error);
}

TEST(ParseModelInfo, TakesKeysWithAndWithoutPrefix) {
  const std::map<std::string, std::string> expected = {{"octocal.latent", "paper"}, {"octocal.response", "0.1 2.8"}};
  EXPECT_EQ(parse_model_info({"latent=paper", "octocal.response=0.1 2.8"}), expected);
}

TEST(ParseModelInfo, RefusesUnknownKeysNamingTheKnownOnes) {
  EXPECT_THROW(parse_model_info({"latent"}), Error);
  try {
    parse_model_info({"latnet=paper"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("latent, energy_min, energy_max"), std::string::npos);
  }
}

}  // namespace
}  // namespace octocal::cli
