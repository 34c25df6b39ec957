// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/graph.hpp"

#include <gtest/gtest.h>

#include "support/graph_maker.hpp"
#include "unit/model/expect_error.hpp"

namespace octocal::model {
namespace {

TEST(Graph, NamesTheFreeBatchAxisN) {
  EXPECT_EQ(to_string(Shape{kBatch, 64, 30, 30}), "(N, 64, 30, 30)");
  EXPECT_EQ(to_string(Shape{}), "()");
  EXPECT_EQ(elements({2, 3, 4}), 24U);
  EXPECT_EQ(elements({}), 1U);
}

TEST(Graph, FindsProducersAndConsumersOnce) {
  testing::GraphMaker maker;
  const auto x = maker.input("x", {kBatch, 2});
  const auto square = maker.node("Mul", {x, x});
  const Graph graph = maker.finish({maker.node("Add", {square, maker.constant("c", 1.0F)})});
  EXPECT_EQ(graph.producer(x), nullptr);
  EXPECT_EQ(graph.producer(square), &graph.nodes[0]);
  ASSERT_EQ(graph.consumers(x).size(), 1U);
  EXPECT_EQ(graph.consumers(x)[0]->op, "Mul");
  EXPECT_TRUE(graph.consumers("").empty());
  EXPECT_NE(graph.constant("c"), nullptr);
  EXPECT_EQ(graph.constant(x), nullptr);
}

TEST(Node, RefusesAnAttributeOfAnotherKindNamingIt) {
  const Node node{"up1", "LeakyRelu", {"x"}, {"y"}, {{"alpha", std::int64_t{1}}}};
  testing::expect_bad_input([&] { node.real("alpha", 0); }, {"up1", "alpha", "real number"});
  EXPECT_EQ(node.integer("alpha", 0), 1);
  EXPECT_EQ(node.integer("beta", 7), 7);
}

}  // namespace
}  // namespace octocal::model
