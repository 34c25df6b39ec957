// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/folded_layers.hpp"

#include <gtest/gtest.h>

namespace octocal::model {
namespace {

std::vector<std::string> names_of(const std::vector<LayerLine>& lines) {
  std::vector<std::string> names;
  for (const auto& line : lines) names.push_back(line.name);
  return names;
}

using Names = std::vector<std::string>;
const Names kNames = {"flow/a",       "flow/b/c",     "flow/d",       "flow/e", "dense", "branch/conv1",
                      "branch/conv2", "branch/conv3", "branch/conv4", "fit/x",  "fit/y", "fit/z"};
const std::vector<std::uint64_t> kMacs = {0, 500, 400, 100, 10, 0, 999'000, 0, 0, 0, 0, 0};  // flow: 1,000 of 1,000,010

TEST(FoldLayers, MakesOneLineOfManySmallLayersOfOneName) {
  const auto lines = fold_layers(kNames, kMacs, false);
  EXPECT_EQ(names_of(lines), (Names{"flow/...", "dense", "branch/conv1", "branch/conv2", "branch/conv3", "branch/conv4",
                                    "fit/x", "fit/y", "fit/z"}));
  EXPECT_EQ(lines[0].first, 0U);
  EXPECT_EQ(lines[0].count, 4U);
  EXPECT_EQ(lines[1].first, 4U);
}

TEST(FoldLayers, KeepsThemApartIfAllAreWantedOrTheyAreNotSmall) {
  EXPECT_EQ(names_of(fold_layers(kNames, kMacs, true)), kNames);
  auto macs = kMacs;
  macs[1] += 2;  // 1,002 of 1,000,012 are more than a thousandth
  EXPECT_EQ(fold_layers(kNames, macs, false).size(), kNames.size());
}

TEST(FoldLayers, FoldsNothingThatHasNoGroup) {
  const Names names = {"a", "b", "c", "d", "e"};
  EXPECT_EQ(names_of(fold_layers(names, {0, 0, 0, 0, 1}, false)), names);
  EXPECT_TRUE(fold_layers({}, {}, false).empty());
}

}  // namespace
}  // namespace octocal::model
