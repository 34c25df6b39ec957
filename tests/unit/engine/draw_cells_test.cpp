// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "octocal/model/cell_ops.hpp"
#include "octocal/model/latent.hpp"
#include "unit/engine/capped_isa.hpp"
#include "unit/engine/graph_making.hpp"

// Cells drawn from the logit of a hit and a density of log energy: against hand-worked numbers and the reference.

namespace octocal::engine::test {
namespace {

struct Sizes {
  std::int64_t statistics, bins, layers, nx, ny;
};

/// values, noise -> DrawCells; every second cell of the plane is drawn.
model::Graph draw_graph(const Sizes& sizes, const std::vector<float>& log_density, const std::vector<float>& basis,
                        const std::vector<float>& edges) {
  GraphMaker make(3);
  const auto values = make.input("values", {(1 + sizes.statistics) * sizes.layers, sizes.nx, sizes.ny});
  const auto noise = make.input("noise", {2, sizes.layers, sizes.nx, sizes.ny});
  auto& constants = make.graph().constants;
  std::vector<float> colour(static_cast<std::size_t>(sizes.nx * sizes.ny));
  for (std::size_t i = 0; i < colour.size(); ++i) colour[i] = i % 2 == 0 ? 1.0F : 0.0F;
  constants["colour"] = model::make_tensor({sizes.nx, sizes.ny}, colour);
  constants["a"] = model::make_tensor({sizes.bins}, log_density);
  constants["phi"] = model::make_tensor({sizes.statistics, sizes.bins}, basis);
  constants["edges"] = model::make_tensor({sizes.bins + 1}, edges);
  make.output(make.node(std::string(model::kDrawCells), {values, noise, "colour", "a", "phi", "edges"}));
  return make.graph();
}

std::map<std::string, model::Tensor> drawn_inputs(const model::Graph& graph, std::size_t showers) {
  auto inputs = random_inputs(graph, showers, 17);
  auto noise = inputs.at("noise").as<float>();
  model::make_noise(5, Draw::kLatent, 0, showers, noise);
  return inputs;
}

model::Graph random_graph() {
  const Sizes sizes{3, 37, 5, 3, 7};
  std::vector<float> log_density, basis, edges;
  for (int j = 0; j < 37; ++j) log_density.push_back(std::sin(static_cast<float>(j)) - 3);
  for (int j = 0; j < 3 * 37; ++j) basis.push_back(std::cos(0.7F * static_cast<float>(j)));
  for (int j = 0; j < 38; ++j) edges.push_back(-13 + 0.3F * static_cast<float>(j));
  return draw_graph(sizes, log_density, basis, edges);
}

TEST(DrawCells, HandWorkedNumbers) {
  // Two bins of equal weight, [1, 2) and [2, 4) GeV; theta moves the second bin by ln 3.
  const auto graph = draw_graph({1, 2, 1, 1, 8}, {0, 0}, {0, std::log(3.0F)}, {0, std::log(2.0F), std::log(4.0F)});
  std::vector<float> values(16, 0.0F), noise(16, 0.5F);
  const auto set = [&](std::size_t cell, float logit, float theta, float chance, float share) {
    values[cell] = logit;
    values[8 + cell] = theta;
    noise[cell] = chance;
    noise[8 + cell] = share;
  };
  set(0, 0, 0, 0.4F, 0.25F);    // hit, a quarter of the way: the middle of the first bin
  set(1, 9, 0, 0.1F, 0.25F);    // a hit, but of the other colour
  set(2, 0, 0, 0.6F, 0.25F);    // no hit
  set(4, 30, 0, 0.9F, 0.75F);   // the middle of the second bin
  set(6, 30, 1, 0.9F, 0.625F);  // weights 1 and 3: half of the second bin
  const auto cells = run_graph(graph, {{"values", model::make_tensor({1, 2, 1, 8}, values)},
                                       {"noise", model::make_tensor({1, 2, 1, 1, 8}, noise)}})[0];
  EXPECT_NEAR(cells[0], std::sqrt(2.0), 1e-6);
  EXPECT_EQ(cells[1], 0);
  EXPECT_EQ(cells[2], 0);
  EXPECT_NEAR(cells[4], std::sqrt(8.0), 1e-6);
  EXPECT_NEAR(cells[6], std::sqrt(8.0), 1e-6);
}

TEST(DrawCells, IsLikeTheReference) {
  const auto graph = random_graph();
  const auto inputs = drawn_inputs(graph, 6);
  const auto ours = run_graph(graph, inputs)[0];
  const auto wanted = run_reference(graph, inputs)[0];
  std::size_t hits = 0;
  ASSERT_EQ(ours.size(), wanted.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_NEAR(ours[i], wanted[i], 1e-4 * static_cast<double>(wanted[i])) << i;
    hits += wanted[i] > 0 ? 1U : 0U;
  }
  // 11 of 21 cells of a plane are drawn, about every second is a hit.
  EXPECT_GT(hits, 6U * 5U * 11U / 4U);
  EXPECT_LT(hits, 6U * 5U * 11U);
}

/// As random_graph(), of values that are a sum of two terms of axes (1 + S, layers, nx, ny); `is_seen`: the sum is an
/// output, too, and so has to be computed.
model::Graph sum_graph(bool is_seen) {
  auto graph = random_graph();
  const model::Shape split = {model::kBatch, 4, 5, 3, 7};
  graph.inputs[0].shape = split;
  auto other = graph.inputs[0];
  other.name = "other";
  graph.inputs.push_back(other);
  const std::vector<std::int64_t> joined = {-1, 20, 3, 7};
  graph.constants["joined"] = model::make_tensor<std::int64_t>(model::DataType::kInt64, {4}, joined);
  graph.nodes[0].inputs[0] = "reshaped";
  graph.nodes.insert(graph.nodes.begin(), {{"add", "Add", {"values", "other"}, {"sum"}, {}},
                                           {"reshape", "Reshape", {"sum", "joined"}, {"reshaped"}, {}}});
  if (is_seen) graph.outputs.push_back({"sum", model::DataType::kFloat32, split});
  return graph;
}

TEST(DrawCells, AddsUpTwoTermsItself) {
  const auto graph = sum_graph(false), seen = sum_graph(true);
  const auto inputs = drawn_inputs(graph, 6);
  const auto cells = run_graph(graph, inputs)[0];
  const auto computed = run_graph(seen, inputs);
  ASSERT_EQ(computed.size(), 2U);
  EXPECT_EQ(cells, computed[0]) << "the same bytes as of the sum itself";
  const auto wanted = run_reference(graph, inputs)[0];
  for (std::size_t i = 0; i < cells.size(); ++i)
    EXPECT_NEAR(cells[i], wanted[i], 1e-4 * static_cast<double>(wanted[i])) << i;
  const auto ops_of = [](const model::Graph& of) {
    const auto program = Program::compile(of);
    std::string ops;
    for (const auto& layer : program->layers()) ops += layer.ops + " ";
    return ops;
  };
  EXPECT_EQ(ops_of(graph), "DrawCells+Add ");
  EXPECT_EQ(ops_of(seen).find("DrawCells+Add"), std::string::npos);
}

TEST(DrawCells, SameBytesOnEveryInstructionSetAndInAnyBatch) {
  const auto graph = random_graph();
  const auto inputs = drawn_inputs(graph, 6);
  const auto wanted = run_graph(graph, inputs)[0];
  EXPECT_EQ(run_graph(graph, inputs, 1)[0], wanted);
  for (const char* isa : {"baseline", "avx2", "avx512"}) {
    const CappedIsa capped(isa);
    EXPECT_EQ(run_graph(graph, inputs)[0], wanted) << isa;
  }
}

TEST(DrawCells, SaturatedLogitsStayFinite) {
  const auto graph = draw_graph({1, 2, 1, 1, 2}, {0, -80}, {0, 1}, {0, 1, 2});
  const auto cells = run_graph(graph, {{"values", model::make_tensor({1, 2, 1, 2}, {90, 0, -300, 0})},
                                       {"noise", model::make_tensor({1, 2, 1, 1, 2}, {0.9F, 0, 0.9999999F, 0})}})[0];
  EXPECT_NEAR(cells[0], std::exp(1.0), 1e-4);  // the whole weight is in the first bin, whose end is there
}

// Places of the kernel's vectors that are no bins stay none, however small the densities of those that are.
TEST(DrawCells, BinsThatAreAllUnlikelyAreDrawnByTheirShares) {
  const auto graph = draw_graph({1, 2, 1, 1, 4}, {-3e5F, -3e5F}, {-1, -1}, {0, std::log(2.0F), std::log(4.0F)});
  for (const float theta : {0.0F, 1e6F, 1e30F}) {
    const std::map<std::string, model::Tensor> inputs{
        {"values", model::make_tensor({1, 2, 1, 4}, {30, 30, 30, 30, theta, 0, theta, 0})},
        {"noise", model::make_tensor({1, 2, 1, 1, 4}, {0.5F, 0, 0.5F, 0, 0.25F, 0, 0.75F, 0})}};
    const auto cells = run_graph(graph, inputs)[0], wanted = run_reference(graph, inputs)[0];
    EXPECT_NEAR(cells[0], std::sqrt(2.0), 1e-6) << theta;
    EXPECT_NEAR(cells[2], std::sqrt(8.0), 1e-6) << theta;
    EXPECT_NEAR(wanted[0], std::sqrt(2.0), 1e-6) << theta;
    EXPECT_NEAR(wanted[2], std::sqrt(8.0), 1e-6) << theta;
  }
}

}  // namespace
}  // namespace octocal::engine::test
