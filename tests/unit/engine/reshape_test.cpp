// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/engine/graph_making.hpp"

// Reshape where values do not lie in C order: axes are split and joined in place, or moved; the reference decides.

namespace octocal::engine::test {
namespace {

void expect_as_reference(const GraphMaker& make, const std::string& what) {
  const auto inputs = random_inputs(make.graph(), 3, 11, Numbers::kExact);
  EXPECT_EQ(run_graph(make.graph(), inputs, 2), run_reference(make.graph(), inputs)) << what;
}

std::size_t reorders(const GraphMaker& make) {
  const auto program = Program::compile(make.graph(), {2, "test"});
  return static_cast<std::size_t>(std::count_if(program->layers().begin(), program->layers().end(),
                                                [](const LayerReport& layer) { return layer.ops == "reorder"; }));
}

/// A convolution's output (6, 5, 4), which lies with its channels last.
std::string channels_last_value(GraphMaker& make) {
  return make.convolution(make.input("x", {2, 5, 4}), {.in = 2, .out = 6, .height = 5, .width = 4});
}

TEST(Reshape, SplitsChannelsInPlaceAndJoinsThemAgain) {
  GraphMaker make(3, Numbers::kExact);
  const auto value = channels_last_value(make);
  const auto apart = make.node("Reshape", {value, make.integers({-1, 2, 3, 5, 4})});
  const auto active = make.leaky_relu(apart);
  const auto joined = make.node("Reshape", {active, make.integers({-1, 6, 5, 4})});
  make.output(make.convolution(joined, {.in = 6, .out = 3, .height = 5, .width = 4}));
  expect_as_reference(make, "split and joined");
  GraphMaker without(3, Numbers::kExact);
  without.output(without.convolution(without.leaky_relu(channels_last_value(without)),
                                     {.in = 6, .out = 3, .height = 5, .width = 4}));
  EXPECT_EQ(reorders(make), reorders(without));  // of input and output, which have C order
}

TEST(Reshape, MovesWhatCannotStay) {
  const std::vector<std::vector<std::int64_t>> shapes = {
      {-1, 30, 4},  // channels with rows, which are not their neighbours in memory
      {-1, 6, 20},  // rows with columns: they are
      {-1, 120},     {-1, 1, 6, 1, 5, 4, 1}, {-1, 3, 2, 20},
      {-1, 4, 5, 6}, {-1, 2, 15, 4},  // splits channels and joins a part of them with rows
      {-1, 12, 10}};
  for (const auto& shape : shapes) {
    GraphMaker make(5, Numbers::kExact);
    make.output(make.node("Reshape", {channels_last_value(make), make.integers(shape)}));
    expect_as_reference(make, ::testing::PrintToString(shape));
  }
}

TEST(Reshape, SplitsAndJoinsRowsAndColumns) {
  for (const auto& shape : {std::vector<std::int64_t>{-1, 6, 5, 2, 2}, {-1, 6, 20}, {-1, 6, 2, 10}}) {
    GraphMaker make(7, Numbers::kExact);
    const auto changed = make.node("Reshape", {channels_last_value(make), make.integers(shape)});
    make.output(make.node("Reshape", {make.leaky_relu(changed), make.integers({-1, 6, 5, 4})}));
    expect_as_reference(make, ::testing::PrintToString(shape));
  }
}

TEST(Reshape, RowsOfAFewNumbersThatLayApart) {
  for (const std::int64_t channels : {2, 3, 4, 5})
    for (const bool bytes : {false, true}) {
      GraphMaker make(9, Numbers::kExact);
      auto value = make.input("x", {channels, 5, 7});
      if (bytes) value = make.fake_quantize(value, 0.125F, 120);
      value = make.node("Transpose", {value}, {{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}});
      make.output(make.node("Reshape", {value, make.integers({-1, 35 * channels})}));
      expect_as_reference(make, std::to_string(channels) + (bytes ? " bytes" : " floats"));
    }
}

}  // namespace
}  // namespace octocal::engine::test
