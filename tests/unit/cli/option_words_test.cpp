// SPDX-License-Identifier: Apache-2.0
#include "octocal/command_line/option_words.hpp"

#include <gtest/gtest.h>

namespace octocal::command_line {
namespace {

TEST(WithOptions, TurnsSettingsIntoTheVerbsOptions) {
  CLI::App app;
  int number = 0;
  app.add_option("-n,--showers", number);
  app.add_option("--showers-per-reference", number);
  EXPECT_EQ(with_options("`showers` 0: must be positive", app), "--showers 0: must be positive");
  EXPECT_EQ(with_options("set `showers_per_reference` or `showers`", app), "set --showers-per-reference or --showers");
  EXPECT_EQ(with_options("`tolerance` 2: too much", app), "`tolerance` 2: too much");
  EXPECT_EQ(with_options("a`b.h5: no such file", app), "a`b.h5: no such file");
  EXPECT_EQ(with_options("needs `ECAL (N, x, y, z)`, not `showers`", app), "needs `ECAL (N, x, y, z)`, not --showers");
  EXPECT_EQ(with_options("no dataset `target`, `showers`", app), "no dataset `target`, --showers");
  EXPECT_EQ(with_options("", app), "");
}

}  // namespace
}  // namespace octocal::command_line
