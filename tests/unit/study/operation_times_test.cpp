// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/operation_times.hpp"

#include <gtest/gtest.h>

namespace octocal::study {
namespace {

engine::LayerReport layer(const char* ops, std::uint64_t macs = 0) { return {"", ops, "", "", "", "", macs}; }

TEST(OperationTimes, BelongToTheFirstOpOfAPass) {
  EXPECT_EQ(kind_of(layer("Conv+LeakyRelu+BatchNormalization+QuantizeLinear")), "convolutions");
  EXPECT_EQ(kind_of(layer("ConvTranspose")), "convolutions");
  EXPECT_EQ(kind_of(layer("MatMul")), "dense layers");
  EXPECT_EQ(kind_of(layer("DequantizeLinear")), "quantization");
  EXPECT_EQ(kind_of(layer("BatchNormalization")), "batch norm");
  EXPECT_EQ(kind_of(layer("LeakyRelu")), "activations");
  EXPECT_EQ(kind_of(layer("reorder")), "copies");
  EXPECT_EQ(kind_of(layer("DrawCells")), "draws and fit");
  EXPECT_EQ(kind_of(layer("Exp")), "other functions");
}

TEST(OperationTimes, AddUpByKindWithSharesOfAll) {
  const std::vector<engine::LayerReport> layers = {layer("Exp"), layer("Conv+Relu", 100), layer("Concat"),
                                                   layer("ConvTranspose", 20)};
  const auto times = operation_times(layers, {1.0, 4.0, 2.0, 3.0});
  ASSERT_EQ(times.size(), 3U);
  EXPECT_EQ(times[0].kind, "convolutions");
  EXPECT_EQ(times[0].layers, 2U);
  EXPECT_DOUBLE_EQ(times[0].seconds, 7.0);
  EXPECT_DOUBLE_EQ(times[0].share, 0.7);
  EXPECT_EQ(times[0].macs, 120U);
  EXPECT_EQ(times[1].kind, "copies");
  EXPECT_DOUBLE_EQ(times[1].share, 0.2);
  EXPECT_EQ(times[2].kind, "other functions");
}

TEST(OperationTimes, HaveNoSharesWhereNothingWasMeasured) {
  const auto times = operation_times({layer("Conv")}, {0.0});
  EXPECT_EQ(times.at(0).share, 0.0);
}

TEST(OperationTimes, CountWhatRunsBehindAnotherOp) {
  const std::vector<engine::LayerReport> layers = {layer("Conv+Relu+QuantizeLinear"), layer("Relu"),
                                                   layer("Conv+LeakyRelu"), layer("Conv+Relu")};
  EXPECT_EQ(count_in_passes(layers, "Relu"), 2U);
  EXPECT_EQ(count_in_passes(layers, "QuantizeLinear"), 1U);
  EXPECT_EQ(count_in_passes(layers, "Conv"), 0U);
}

}  // namespace
}  // namespace octocal::study
