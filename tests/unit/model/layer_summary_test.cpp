// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/layer_summary.hpp"

#include <gtest/gtest.h>

#include "octocal/model/generator_builder.hpp"
#include "support/graph_maker.hpp"

namespace octocal::model {
namespace {

using testing::GraphMaker;

// Rehm et al. 2021, section 3.1: 2,053,446 trainable parameters; the MACs are output channels x input channels x
// kernel x cells, added up by hand over its layers (1.16 GMAC).
TEST(LayerSummary, CountsThePapersParametersAndMacs) {
  for (const auto output : {OutputTransform::kRelu, OutputTransform::kEnergySquare}) {
    GeneratorSpec spec;
    spec.output = output;
    const auto summary = summarize(build_generator(spec, random_generator_parameters(spec, 1)), "generator");
    EXPECT_EQ(summary.parameters, 2053446U);
    // Mean and variance of the seven batch norms of each branch.
    EXPECT_EQ(summary.statistics, 3U * 2U * (32U + 64U + 64U + 64U + 32U + 32U + 25U));
    EXPECT_EQ(summary.macs, 1159551427U);
    EXPECT_EQ(summary.precision, "float32");
  }
}

Tensor bytes(DataType type, const Shape& shape) {
  const std::vector<std::uint8_t> zeros(elements(shape));
  return make_tensor(type, shape, std::span<const std::uint8_t>(zeros));
}

/// Q, Transpose between its Q and DQ's block, an int8 Conv block, then a float32 Conv.
TEST(LayerSummary, SeesInt8ThroughQuantizeAndTranspose) {
  GraphMaker maker;
  const auto s = maker.constant("s", 0.1F);
  const auto z = maker.constant("z", bytes(DataType::kUint8, {}));
  const auto stored = [&](const std::string& x) {
    return maker.node("DequantizeLinear", {maker.node("QuantizeLinear", {x, s, z}), s, z});
  };
  const auto ws = maker.constant("ws", make_tensor({4}, {1, 1, 1, 1}));
  const auto wz = maker.constant("wz", bytes(DataType::kInt8, {4}));
  const auto w = maker.node("DequantizeLinear", {maker.constant("w", bytes(DataType::kInt8, {4, 3, 3, 3})), ws, wz},
                            {{"axis", std::int64_t{0}}});
  const auto turned =
      maker.node("Transpose", {stored(maker.input("x", {kBatch, 6, 6, 3}))}, {{"perm", testing::Integers{0, 3, 1, 2}}});
  const auto relu = maker.node("LeakyRelu", {maker.node("Conv", {turned, w})});
  const auto wide = maker.constant("wide", make_tensor({2, 4, 1, 1}, std::vector<float>(8)));
  const auto summary = summarize(maker.finish({maker.node("Conv", {stored(relu), wide})}), "test");

  ASSERT_EQ(summary.layers.size(), 3U);
  EXPECT_EQ(summary.layers[0].ops, "Transpose");
  EXPECT_EQ(summary.layers[0].output_type, "uint8");
  EXPECT_EQ(summary.layers[0].precision, "");
  const LayerSummary& block = summary.layers[1];
  EXPECT_EQ(block.ops, "Conv+LeakyRelu");
  EXPECT_EQ(block.precision, "int8");
  EXPECT_EQ(block.input_type, "uint8");
  EXPECT_EQ(block.weight_type, "int8");
  EXPECT_EQ(block.output_type, "uint8");
  EXPECT_EQ(block.output, (Shape{kBatch, 4, 4, 4}));
  EXPECT_EQ(block.parameters, 108U);
  EXPECT_EQ(block.macs, 4U * 4U * 4U * 27U);
  EXPECT_EQ(summary.layers[2].precision, "float32");  // 8-bit input, float32 weights
  EXPECT_EQ(summary.precision, "int8");               // 1,728 of 1,856 multiply-accumulates
}

TEST(LayerSummary, DoesNotJoinABlockAcrossASharedValue) {
  GraphMaker maker;
  const auto w = maker.constant("w", make_tensor({3, 3}, std::vector<float>(9)));
  const auto dense = maker.node("MatMul", {maker.input("x", {kBatch, 3}), w});
  const auto sum = maker.node("Add", {maker.node("Relu", {dense}), maker.node("LeakyRelu", {dense})});
  const auto summary = summarize(maker.finish({sum}), "test");
  ASSERT_EQ(summary.layers.size(), 4U);
  EXPECT_EQ(summary.layers[0].ops, "MatMul");
  EXPECT_EQ(summary.layers[0].macs, 9U);
}

}  // namespace
}  // namespace octocal::model
