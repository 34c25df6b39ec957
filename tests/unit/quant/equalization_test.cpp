// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/equalization.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "octocal/model/reference/evaluate.hpp"
#include "unit/quant/reference_backend.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal::quant {
namespace {

using testing::reference_backend;
using testing::small_generator;
using testing::small_showers;

struct Chosen {
  model::Graph graph = small_generator();
  Structure structure = find_structure(graph, "test");
  std::map<std::string, ValueStatistics> statistics;
  std::vector<Equalization> equalizations = find_equalizations(graph, structure, "test");

  Chosen() {
    std::vector<std::string> values;
    for (const auto& site : structure.sites) values.insert(values.end(), site.values.begin(), site.values.end());
    statistics = observe_statistics(graph, values, small_showers(32), reference_backend(), "test");
    for (auto& equalization : equalizations) choose_factors(graph, structure, statistics, equalization);
  }

  std::set<std::string> readers() const {
    std::set<std::string> names;
    for (const auto& equalization : equalizations) names.insert(equalization.reader);
    return names;
  }
};

TEST(Equalization, FindsTheSitesThatOneLayerReads) {
  const Chosen chosen;
  std::vector<std::string> found;
  for (const auto& equalization : chosen.equalizations)
    found.push_back(equalization.site + " > " + equalization.reader);
  // Not the cube, which both branches read.
  EXPECT_EQ(found, (std::vector<std::string>{"branch0/conv1 > branch0/upsample1", "branch0/upsample1 > branch0/conv2",
                                             "concat > final", "branch1/conv1 > branch1/upsample1",
                                             "branch1/upsample1 > branch1/conv2"}));
  const auto& concat = chosen.equalizations[2];
  ASSERT_EQ(concat.values.size(), 2u);
  EXPECT_EQ(concat.values[0].first, 0u);
  EXPECT_EQ(concat.values[1].first, 4u);
  EXPECT_TRUE(concat.values[1].per_channel);  // its Transpose turns pixels only
}

TEST(Equalization, GivesOneFactorWhereChannelsBecomePixels) {
  auto graph = small_generator();
  for (auto& node : graph.nodes)
    if (node.name == "branch1/rotate_back") node.attributes["perm"] = std::vector<std::int64_t>{0, 3, 2, 1};
  // (N, 4, 8, 8) becomes (N, 8, 8, 4): pixels must fit the Concat, so the other branch turns, too.
  for (auto& node : graph.nodes)
    if (node.name == "concat") node.inputs[0] = "branch0/turned";
  const auto concat = std::find_if(graph.nodes.begin(), graph.nodes.end(), [](auto& n) { return n.name == "concat"; });
  graph.nodes.insert(concat, {"branch0/turn",
                              "Transpose",
                              {"branch0/conv2/batch_norm:out"},
                              {"branch0/turned"},
                              {{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}}});
  graph.constants["final.w"] = testing::random_tensor({8, 16, 3, 3}, 0.1F, 3);
  graph.outputs[0].shape = {model::kBatch, 8, 8, 4};
  const auto found = find_equalizations(graph, find_structure(graph, "test"), "test");
  const auto& values = found.at(2).values;
  EXPECT_FALSE(values.at(0).per_channel);
  EXPECT_EQ(values.at(1).first, 8u);
  EXPECT_EQ(values.at(1).count, 8u);
}

TEST(Equalization, LeavesTheNetworkWhatItIs) {
  const Chosen chosen;
  const auto showers = small_showers(8, 5);
  const auto latents = model::make_tensor({8, 8}, showers.latents);
  const auto expected = model::reference::evaluate(chosen.graph, {{"latent", latents}}).at("cells");
  const auto graph = equalized(chosen.graph, chosen.structure, chosen.equalizations, chosen.readers());
  const auto cells = model::reference::evaluate(graph, {{"latent", latents}}).at("cells");
  float largest = 0;
  for (const float x : expected.as<float>()) largest = std::max(largest, x);
  ASSERT_GT(largest, 1);
  for (std::size_t i = 0; i < expected.as<float>().size(); ++i)
    EXPECT_NEAR(cells.as<float>()[i], expected.as<float>()[i], 1e-5F * largest);
}

TEST(Equalization, FillsTheRangeWithEveryChannelWhereWeightsAllow) {
  Chosen chosen;
  auto& concat = chosen.equalizations.at(2);
  // Branch 1 as small as a hundredth of branch 0: its channels get factors that branch 0's do not need.
  for (auto& channel : chosen.statistics.at("branch1/conv2/batch_norm:out").channels)
    channel.low /= 100, channel.high /= 100;
  for (auto& square : chosen.statistics.at("branch1/conv2/batch_norm:out").mean_square) square /= 10000;
  choose_factors(chosen.graph, chosen.structure, chosen.statistics, concat);
  const auto smallest = [](const auto& factors) { return *std::min_element(factors.begin(), factors.end()); };
  const auto most = [](const auto& factors) { return *std::max_element(factors.begin(), factors.end()); };
  EXPECT_GT(smallest(concat.values[1].factors), 2 * most(concat.values[0].factors));
  EXPECT_LE(most(concat.values[1].factors), 64);
}

TEST(Equalization, AppliesToTheNamedReadersOnly) {
  const Chosen chosen;
  const auto graph = equalized(chosen.graph, chosen.structure, chosen.equalizations, {"final"});
  EXPECT_TRUE(graph.constants.contains("final.equalized_weight"));
  EXPECT_TRUE(graph.constants.contains("branch0/conv2.equalized_gamma"));
  EXPECT_FALSE(graph.constants.contains("branch0/upsample1.equalized_weight"));
  EXPECT_FALSE(graph.constants.contains("final.w"));
}

}  // namespace
}  // namespace octocal::quant
