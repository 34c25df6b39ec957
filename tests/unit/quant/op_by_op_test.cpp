// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/op_by_op.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/quant/calibration.hpp"
#include "octocal/quant/op_by_op_form.hpp"
#include "support/graph_maker.hpp"
#include "unit/quant/reference_backend.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal::quant {
namespace {

using octocal::testing::GraphMaker;
using octocal::testing::Integers;
using testing::count_op;
using testing::reference_backend;
using testing::small_generator;
using testing::small_showers;

std::vector<float> first_output(const Backend& backend, const model::Graph& graph, const ShowerInputs& showers) {
  std::vector<float> all;
  run_showers(graph, showers, backend, [&](std::size_t, std::span<const std::span<const float>> outputs) {
    all.insert(all.end(), outputs[0].begin(), outputs[0].end());
  });
  return all;
}

/// A Conv of one pixel: weights 1 and 0.5, bias 0.3 and 0; then LeakyRelu with slope 0.5.
model::Graph two_ops() {
  GraphMaker make;
  const auto latent = make.input("latent", {model::kBatch, 1});
  const auto image = make.node("Reshape", {latent, make.shape("image", {-1, 1, 1, 1})});
  const auto weight = make.constant("w", model::make_tensor({2, 1, 1, 1}, {1.0F, 0.5F}));
  const auto convolved = make.node("Conv", {image, weight, make.constant("b", model::make_tensor({2}, {0.3F, 0.0F}))});
  return make.finish({make.node("LeakyRelu", {convolved}, {{"alpha", 0.5F}})});
}

// Latents -1 and 1.55: the input's scale is 2.55 / 255 = 0.01 with zero point 100 - 128 = -28. The convolution gives
// -0.7 and 1.85 (channel 0), -0.5 and 0.775: scale 0.01, zero point 70 - 128. LeakyRelu: -0.35 to 1.85, scale 2.2 / 255.
TEST(OpByOp, GivesEveryOpAGridOfItsOwn) {
  const ShowerInputs showers{{100, 100}, {-1.0F, 1.55F}};
  const auto made = quantize_op_by_op(two_ops(), showers, reference_backend(), "test");
  EXPECT_TRUE(made.float32_nodes.empty());
  ASSERT_EQ(made.model.sites.size(), 3U);
  const auto& grids = made.model.sites;
  EXPECT_EQ(grids[0].name, "latent");
  EXPECT_NEAR(grids[0].grid.scale, 0.01, 1e-8);
  EXPECT_EQ(grids[0].grid.zero_point, -28);
  EXPECT_NEAR(grids[1].grid.scale, 0.01, 1e-8);
  EXPECT_EQ(grids[1].grid.zero_point, -58);
  EXPECT_NEAR(grids[2].grid.scale, 2.2 / 255, 1e-8);
  EXPECT_EQ(grids[2].grid.zero_point, 41 - 128);  // 0.35 / (2.2 / 255) = 40.57
  for (const auto& site : grids) EXPECT_EQ(site.grid.type, model::DataType::kInt8);

  // Weights 127 of 127 in both channels, biases in steps of 0.01 / 127 and 0.005 / 127.
  const auto& graph = made.model.graph;
  const auto bias = graph.constants.at("Conv1.bias.int32").as<std::int32_t>();
  EXPECT_EQ(bias[0], 3810);  // 0.3 * 12700
  EXPECT_EQ(bias[1], 0);
  EXPECT_EQ(graph.constants.at("Conv1.weight.int8").as<std::int8_t>()[1], 127);

  // A latent of 0.333 is 33 steps; behind the Conv 0.63 and 0.165, which is 16 steps (16.5 to even) or 17 where the
  // product lies above the tie; behind LeakyRelu 73 steps of 2.2 / 255 (0.63 / 0.008627 = 73.02) and 19 (18.5, 19.7).
  const auto cells = first_output(reference_backend(), graph, {{100}, {0.333F}});
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_NEAR(cells[0], 73 * 2.2 / 255, 1e-6);
  const double steps = static_cast<double>(cells[1]) / (2.2 / 255);
  EXPECT_NEAR(steps, std::round(steps), 1e-4);
  EXPECT_TRUE(std::abs(steps - 19) < 0.5 || std::abs(steps - 20) < 0.5) << steps;
}

TEST(OpByOp, LeavesNothingOfAGeneratorInFloat32) {
  const auto graph = small_generator(3, true);
  const auto showers = small_showers(16);
  const auto made = quantize_op_by_op(graph, showers, reference_backend(), "test");
  EXPECT_TRUE(made.float32_nodes.empty());
  EXPECT_EQ(count_op(made.model.graph, "BatchNormalization"), 0U);
  for (const auto& layer : made.model.layers) EXPECT_EQ(layer.precision, model::Precision::kInt8) << layer.name;
  EXPECT_EQ(made.model.layers.front().op, "Gemm");
  // What is computed in float32 is rounded at once, or moved as it was.
  for (const auto& node : made.model.graph.nodes) {
    if (node.op == "QuantizeLinear" || node.op == "DequantizeLinear" || keeps_grid(made.model.graph, node)) continue;
    for (const auto* reader : made.model.graph.consumers(node.outputs[0])) {
      const bool relu = reader->op == "Relu";
      EXPECT_TRUE(reader->op == "QuantizeLinear" || relu) << node.name << " is read by " << reader->name;
    }
  }
}

TEST(OpByOp, IsTheSameInTheEngineAndTheReference) {
  const auto graph = small_generator(3, true);
  const auto showers = small_showers(12);
  const auto made = quantize_op_by_op(graph, small_showers(32, 9), reference_backend(), "test");
  const auto expected = first_output(reference_backend(), made.model.graph, showers);
  const auto cells = first_output(engine_backend(), made.model.graph, showers);
  ASSERT_EQ(cells.size(), expected.size());
  // A value next to a tie may fall to the other side and move what lies behind: few cells, by few steps.
  double sum = 0, difference = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    sum += static_cast<double>(expected[i]);
    difference += std::abs(static_cast<double>(cells[i]) - static_cast<double>(expected[i]));
  }
  ASSERT_GT(sum, 0);
  EXPECT_LT(difference, 0.02 * sum);
}

TEST(OpByOp, BringsWhatMeetsInAConcatToItsGrid) {
  GraphMaker make;
  const auto latent = make.input("latent", {model::kBatch, 1});
  const auto image = make.node("Reshape", {latent, make.shape("image", {-1, 1, 1, 1})});
  const auto small = make.node("Conv", {image, make.constant("w1", model::make_tensor({1, 1, 1, 1}, {0.1F}))});
  const auto large = make.node("Conv", {image, make.constant("w2", model::make_tensor({1, 1, 1, 1}, {10.0F}))});
  const auto both = make.node("Concat", {small, large}, {{"axis", std::int64_t{1}}});
  const auto graph =
      make.finish({make.node("Conv", {both, make.constant("w3", model::make_tensor({1, 2, 1, 1}, {1.0F, 1.0F}))})});
  const auto made = quantize_op_by_op(graph, {{100, 100}, {0.0F, 2.55F}}, reference_backend(), "test");
  const auto grid = [&](const std::string& name) {
    for (const auto& site : made.model.sites)
      if (site.name == name) return site.grid.scale;
    return 0.0F;
  };
  EXPECT_NEAR(grid("Conv1"), 0.001, 1e-8);
  EXPECT_NEAR(grid("Conv2"), 0.1, 1e-7);
  EXPECT_NEAR(grid("Concat3"), 0.1, 1e-7);
  // 0.1 * 0.9 = 0.09 is 90 steps of its own, and one of the Concat's.
  const auto sums = first_output(reference_backend(), made.model.graph, {{100}, {0.9F}});
  EXPECT_NEAR(sums[0], 9.1, 0.06);
}

TEST(OpByOp, LeavesWhatHasNoIntegerKernelOutsideTheConvolutions) {
  GraphMaker make;
  const auto latent = make.input("latent", {model::kBatch, 4});
  const auto image = make.node("Reshape", {latent, make.shape("image", {-1, 1, 2, 2})});
  const auto weight = make.constant("w", model::make_tensor({1, 1, 1, 1}, {1.0F}));
  const auto relu = make.node("Relu", {make.node("Conv", {image, weight})});
  const auto halved = make.node("Mul", {relu, make.constant("half", 0.5F)});
  const auto graph = make.finish({make.node("Exp", {halved})});
  const auto made = quantize_op_by_op(graph, {{100}, {-1, 0, 1, 2}}, reference_backend(), "test");
  EXPECT_EQ(made.float32_nodes, (std::vector<std::string>{"Mul3", "Exp4"}));
  // Conv and Relu are one op, whose rounded output the float32 ops read: 2 is 255 steps of 2 / 255.
  const auto cells = first_output(reference_backend(), made.model.graph, {{100}, {-1, 0, 0.4F, 2}});
  EXPECT_NEAR(cells[0], 1, 1e-6);
  EXPECT_NEAR(cells[3], std::exp(1.0), 1e-5);
  // 0.4 is 34 steps of 3 / 255 from zero (34 * 3 / 255 = 0.4), and 51 of 2 / 255.
  EXPECT_NEAR(cells[2], std::exp(0.2), 1e-5);
}

TEST(OpByOp, FoldsABatchNormBehindAConvolutionAndSplitsAnother) {
  GraphMaker make;
  const auto latent = make.input("latent", {model::kBatch, 4});
  const auto image = make.node("Reshape", {latent, make.shape("image", {-1, 1, 2, 2})});
  const auto number = [&](const std::string& name, float value) {
    return make.constant(name, model::make_tensor({1}, {value}));
  };
  const auto norm = [&](const std::string& value, const std::string& name) {
    return make.node(
        "BatchNormalization",
        {value, number(name + "g", 3), number(name + "b", 1), number(name + "m", 2), number(name + "v", 4)},
        {{"epsilon", 0.0F}});
  };
  const auto weight = make.constant("w", model::make_tensor({1, 1, 1, 1}, {2.0F}));
  const auto first = norm(make.node("Conv", {image, weight}), "a");
  const auto graph = make.finish({norm(make.node("LeakyRelu", {first}, {{"alpha", 0.5F}}), "b")});
  const auto form = with_batch_norms_resolved(graph);
  EXPECT_EQ(count_op(form, "BatchNormalization"), 0U);
  EXPECT_EQ(count_op(form, "Mul"), 1U);
  EXPECT_EQ(count_op(form, "Add"), 1U);
  // 1.5 (2 x - 2) + 1 = 3 x - 2, LeakyRelu, 1.5 (y - 2) + 1 = 1.5 y - 2.
  const auto cells = first_output(reference_backend(), form, {{100}, {0, 1, 2, -1}});
  EXPECT_FLOAT_EQ(cells[0], 1.5F * -1 - 2);
  EXPECT_FLOAT_EQ(cells[1], 1.5F * 1 - 2);
  EXPECT_FLOAT_EQ(cells[2], 1.5F * 4 - 2);
  EXPECT_FLOAT_EQ(cells[3], 1.5F * -2.5F - 2);
}

TEST(OpByOp, RefusesNoShowersAndWhatIsQuantized) {
  EXPECT_THROW(quantize_op_by_op(two_ops(), {}, reference_backend(), "test"), Error);
  const ShowerInputs showers{{100, 100}, {-1.0F, 1.55F}};
  const auto made = quantize_op_by_op(two_ops(), showers, reference_backend(), "test");
  EXPECT_THROW(quantize_op_by_op(made.model.graph, showers, reference_backend(), "test"), Error);
}

}  // namespace
}  // namespace octocal::quant
