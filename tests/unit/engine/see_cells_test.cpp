// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

#include "octocal/base/error.hpp"
#include "octocal/model/cell_ops.hpp"
#include "unit/engine/capped_isa.hpp"
#include "unit/engine/graph_making.hpp"

// What heads see of drawn cells, and the fit of cells to a shower's energies: hand-worked numbers, and the reference.

namespace octocal::engine::test {
namespace {

constexpr std::int64_t kNx = 3, kNy = 5, kNz = 5;

/// Inputs x, y, z and `layers` drawn layers.
GraphMaker slices_and_cells(std::int64_t layers) {
  GraphMaker make(3);
  make.input("x", {1, kNx, 1});
  make.input("y", {1, 1, kNy});
  make.input("z", {kNz, 1, 1});
  if (layers > 0) make.input("drawn", {layers, kNx, kNy});
  return make;
}

model::Graph expected_graph() {
  auto make = slices_and_cells(0);
  make.graph().constants["settings"] = model::make_tensor({4}, std::vector<float>{1e-6F, 1e-9F, 0.2F, 2});
  make.output(make.node(std::string(model::kExpectedCells), {"x", "y", "z", "settings"}));
  return make.graph();
}

model::Graph see_graph(std::int64_t layers) {
  auto make = slices_and_cells(layers);
  make.graph().constants["settings"] =
      model::make_tensor({7}, std::vector<float>{1e-6F, 1e-9F, 0.2F, 2, 1e-5F, 0.25F, 0.05F});
  const std::vector<std::int64_t> order =
      layers == 3 ? std::vector<std::int64_t>{0, 3, 1, 3, 2} : std::vector<std::int64_t>{0, 3, 1, 4, 2};
  make.output(make.node(std::string(model::kSeeCells), {"x", "y", "z", "drawn", make.integers(order), "settings"}));
  return make.graph();
}

model::Graph fit_graph(std::string_view op = model::kFitCells) {
  auto make = slices_and_cells(kNz);
  make.graph().constants["settings"] = model::make_tensor({4}, std::vector<float>{2.5e-4F, 2e-3F, 0.25F, 4});
  const auto order = make.integers({0, 3, 1, 4, 2});
  make.output(make.node(std::string(op), {"x", "y", "z", "drawn", order, "settings"}));
  return make.graph();
}

/// Energies of slices around 10 MeV, a fifth of the cells hit by 1 keV to 100 MeV.
std::map<std::string, model::Tensor> shower_inputs(const model::Graph& graph, std::size_t showers) {
  auto inputs = random_inputs(graph, showers, 29);
  for (auto& [name, tensor] : inputs)
    for (float& number : tensor.as<float>()) {
      const float energy = std::exp(-4.6F + 2.3F * number);
      number = name == "drawn" && number < 0.8F ? 0.0F : energy;
    }
  return inputs;
}

void expect_near(const std::vector<float>& ours, const std::vector<float>& wanted, double relative, double absolute) {
  ASSERT_EQ(ours.size(), wanted.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double number = wanted[i];
    EXPECT_NEAR(ours[i], number, relative * std::abs(number) + absolute) << i;
  }
}

TEST(ExpectedCells, HandWorkedNumbers) {
  const auto graph = expected_graph();
  // A tenth of ECAL = 2 GeV in column 0, a half in row 4, a fifth in layer 1; nothing in column 2.
  const auto cells = run_graph(graph, {{"x", model::make_tensor({1, 1, 3, 1}, {0.2F, 1.8F, 0})},
                                       {"y", model::make_tensor({1, 1, 1, 5}, {0.1F, 0.2F, 0.3F, 0.4F, 1})},
                                       {"z", model::make_tensor({1, 5, 1, 1}, {0.02F, 0.4F, 0.78F, 0.4F, 0.4F})}})[0];
  EXPECT_NEAR(cells[(0 * 3 + 2) * 5 + 0], 0.2 * std::log(1e-9) + 2, 1e-5);
  EXPECT_NEAR(cells[(1 * 3 + 0) * 5 + 4], 0.2 * std::log(0.2 * 1 * 0.4 / 4) + 2, 1e-5);
  // 1e-6 GeV stand for nothing: 1e-6 * 1 * 0.4 / 4 is above the floor of 1e-9, 1e-6 * 0.1 * 0.02 / 4 below.
  EXPECT_NEAR(cells[(1 * 3 + 2) * 5 + 4], 0.2 * std::log(1e-7) + 2, 1e-5);
}

TEST(ExpectedCells, IsLikeTheReference) {
  const auto graph = expected_graph();
  const auto inputs = shower_inputs(graph, 5);
  expect_near(run_graph(graph, inputs)[0], run_reference(graph, inputs)[0], 1e-5, 1e-5);
}

TEST(SeeCells, TakesDrawnEnergyOffItsSlices) {
  const auto graph = see_graph(3);
  std::vector<float> drawn(3 * 15, 0.0F);
  drawn[15 + 1 * 5 + 2] = 0.09F;  // of layer 2, column 1, row 2: nine tenths of the column, all of the row
  const auto seen = run_graph(graph, {{"x", model::make_tensor({1, 1, 3, 1}, {0.4F, 0.1F, 0.5F})},
                                      {"y", model::make_tensor({1, 1, 1, 5}, {0.2F, 0.21F, 0.09F, 0.3F, 0.2F})},
                                      {"z", model::make_tensor({1, 5, 1, 1}, {0.2F, 0.2F, 0.29F, 0.2F, 0.11F})},
                                      {"drawn", model::make_tensor({1, 3, 3, 5}, drawn)}})[0];
  const double all = 0.91;
  EXPECT_NEAR(seen[(2 * 3 + 1) * 5 + 0], 0.2 * std::log(0.01 * 0.2 * 0.2 / (all * all)) + 2, 1e-4);
  // A twentieth of the row's 0.09 GeV counts as left.
  EXPECT_NEAR(seen[(1 * 3 + 0) * 5 + 2], 0.2 * std::log(0.4 * 0.0045 * 0.2 / (all * all)) + 2, 1e-4);
  EXPECT_NEAR(seen[(5 + 1) * 15 + 1 * 5 + 2], std::log(1 + 9000.0) / 4, 1e-5);
  EXPECT_EQ(seen[(5 + 3 + 1) * 15 + 1 * 5 + 2], 1);
  double others = 0;
  for (std::size_t i = 5 * 15; i < seen.size(); ++i) others += static_cast<double>(seen[i]);
  EXPECT_NEAR(others, 1 + std::log(1 + 9000.0) / 4, 1e-5);
}

TEST(SeeCells, IsLikeTheReference) {
  for (const std::int64_t layers : {std::int64_t{3}, std::int64_t{5}}) {
    const auto graph = see_graph(layers);
    const auto inputs = shower_inputs(graph, 5);
    expect_near(run_graph(graph, inputs)[0], run_reference(graph, inputs)[0], 1e-5, 2e-5);
  }
}

class FitsOfCells : public ::testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(FitCells, FitsOfCells, ::testing::Values(model::kFitCells, model::kFitCellsByLog));

TEST_P(FitsOfCells, AreLikeTheReferenceAndHoldEcal) {
  const auto graph = fit_graph(GetParam());
  const auto inputs = shower_inputs(graph, 5);
  const auto cells = run_graph(graph, inputs)[0];
  expect_near(cells, run_reference(graph, inputs)[0], 1e-4, 1e-9);
  const auto z = inputs.at("z").as<float>();
  for (std::size_t shower = 0; shower < 5; ++shower) {
    double sum = 0, ecal = 0;
    for (std::size_t i = 0; i < 75; ++i) sum += static_cast<double>(cells[shower * 75 + i]);
    for (std::size_t i = 0; i < 5; ++i) ecal += static_cast<double>(z[shower * 5 + i]);
    EXPECT_NEAR(sum, ecal, 1e-4 * ecal) << shower;
  }
}

// Fixed 0.1 and free 10 MeV: of a cell of 1 MeV half may be scaled, as log 10 is half of log 100.
TEST(FitCellsByLog, HandWorkedShares) {
  GraphMaker make(3);
  make.input("x", {1, 1, 1});
  make.input("y", {1, 1, 1});
  make.input("z", {2, 1, 1});
  make.input("drawn", {2, 1, 1});
  make.graph().constants["settings"] = model::make_tensor({4}, std::vector<float>{1e-4F, 1e-2F, 1, 1});
  const auto order = make.integers({0, 1});
  make.output(make.node(std::string(model::kFitCellsByLog), {"x", "y", "z", "drawn", order, "settings"}));
  // Slices may not be scaled (factors 1 to 1), the whole shower may: 10 MeV of 1 (half of it loose) and 0.1 MeV (fixed).
  const std::map<std::string, model::Tensor> inputs{{"x", model::make_tensor({1, 1, 1, 1}, {1e-2F})},
                                                    {"y", model::make_tensor({1, 1, 1, 1}, {1e-2F})},
                                                    {"z", model::make_tensor({1, 2, 1, 1}, {4e-3F, 6e-3F})},
                                                    {"drawn", model::make_tensor({1, 2, 1, 1}, {1e-3F, 1e-4F})}};
  const auto cells = run_graph(make.graph(), inputs)[0];
  EXPECT_NEAR(cells[0], 9.9e-3, 1e-7);
  EXPECT_EQ(cells[1], 1e-4F);
}

TEST_P(FitsOfCells, LeaveWhatASingleParticleLeaves) {
  const auto graph = fit_graph(GetParam());
  auto inputs = shower_inputs(graph, 1);
  for (float& number : inputs.at("drawn").as<float>()) number = number > 0 ? 1.8e-4F : 0.0F;
  inputs.at("drawn").as<float>()[7] = 0.05F;
  const auto cells = run_graph(graph, inputs)[0];
  std::size_t small = 0;
  for (const float cell : cells) small += cell == 1.8e-4F ? 1U : 0U;
  std::size_t given = 0;
  for (const float cell : inputs.at("drawn").as<float>()) given += cell == 1.8e-4F ? 1U : 0U;
  EXPECT_GT(given, 3U);
  EXPECT_EQ(small, given);
}

template <typename Make>
void expect_refused(const std::string& part, Make make) {
  try {
    const model::Graph graph = make();
    run_graph(graph, shower_inputs(graph, 1));
    ADD_FAILURE() << "accepted where this was expected: " << part;
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(CellOps, RefuseConstantsThatMakeNoSense) {
  const auto with_setting = [](model::Graph graph, std::size_t index, float value) {
    return [=]() mutable {
      graph.constants.at("settings").as<float>()[index] = value;
      return graph;
    };
  };
  expect_refused("weight settings holds nan", with_setting(expected_graph(), 2, std::nanf("")));
  expect_refused("setting 1 is 0", with_setting(expected_graph(), 1, 0));
  expect_refused("setting 4 is -1", with_setting(see_graph(3), 4, -1));
  expect_refused("free at less energy than they are fixed", with_setting(fit_graph(), 1, 1e-4F));
  expect_refused("setting 0 is 0", with_setting(fit_graph(model::kFitCellsByLog), 0, 0));
  expect_refused("least factor is above its most factor", with_setting(fit_graph(), 3, 0.1F));
  const auto with_order = [](std::vector<std::int64_t> order) {
    return [=] {
      auto make = slices_and_cells(kNz);
      make.graph().constants["settings"] = model::make_tensor({4}, std::vector<float>{2.5e-4F, 2e-3F, 0.25F, 4});
      const auto name = make.integers(order);
      make.output(make.node(std::string(model::kFitCells), {"x", "y", "z", "drawn", name, "settings"}));
      return make.graph();
    };
  };
  expect_refused("its order names layer 5 of 5", with_order({0, 3, 1, 5, 2}));
  expect_refused("its order names layer -1 of 5", with_order({0, 3, 1, -1, 2}));
  expect_refused("its order names layer 1 twice", with_order({0, 3, 1, 1, 2}));
  expect_refused("order", with_order({0, 3, 1, 2}));
}

TEST(CellOps, SameBytesOnEveryInstructionSetAndInAnyBatch) {
  for (const auto& graph :
       {expected_graph(), see_graph(3), see_graph(5), fit_graph(), fit_graph(model::kFitCellsByLog)}) {
    const auto inputs = shower_inputs(graph, 5);
    const auto wanted = run_graph(graph, inputs)[0];
    EXPECT_EQ(run_graph(graph, inputs, 1)[0], wanted);
    for (const char* isa : {"baseline", "avx2", "avx512"}) {
      const CappedIsa capped(isa);
      EXPECT_EQ(run_graph(graph, inputs)[0], wanted) << isa;
    }
  }
}

}  // namespace
}  // namespace octocal::engine::test
