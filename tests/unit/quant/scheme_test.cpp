// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/scheme.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "octocal/base/random.hpp"

namespace octocal::quant {
namespace {

TEST(Grid, RoundsTiesToEven) {
  const Grid grid{model::DataType::kUint8, 2.0F, 10};
  EXPECT_EQ(grid.quantize(1.0F), 10);   // 0.5 -> 0
  EXPECT_EQ(grid.quantize(3.0F), 12);   // 1.5 -> 2
  EXPECT_EQ(grid.quantize(5.0F), 12);   // 2.5 -> 2
  EXPECT_EQ(grid.quantize(-1.0F), 10);  // -0.5 -> 0
  EXPECT_EQ(grid.quantize(-3.0F), 8);   // -1.5 -> -2
  EXPECT_EQ(grid.quantize(-5.0F), 8);   // -2.5 -> -2
  // The zero point is added behind the rounding: an odd one does not turn ties into odd numbers.
  const Grid odd{model::DataType::kUint8, 2.0F, 11};
  EXPECT_EQ(odd.quantize(1.0F), 11);
  EXPECT_EQ(odd.quantize(3.0F), 13);
}

TEST(Grid, SaturatesAtBothEnds) {
  const Grid u8{model::DataType::kUint8, 0.5F, 100};
  EXPECT_EQ(u8.quantize(77.5F), 255);
  EXPECT_EQ(u8.quantize(78.0F), 255);
  EXPECT_EQ(u8.quantize(std::numeric_limits<float>::max()), 255);
  EXPECT_EQ(u8.quantize(-50.0F), 0);
  EXPECT_EQ(u8.quantize(-1e30F), 0);
  const Grid s8{model::DataType::kInt8, 1e-30F, 0};
  EXPECT_EQ(s8.quantize(1e30F), 127);  // the quotient is infinite
  EXPECT_EQ(s8.quantize(-1e30F), -128);
}

TEST(ActivationGrid, StartsAtZeroForPositiveRanges) {
  const auto grid = activation_grid({2, 10.2F}, ActivationScheme::kU8);
  EXPECT_EQ(grid.zero_point, 0);
  EXPECT_FLOAT_EQ(grid.scale, 0.04F);
  EXPECT_EQ(grid.quantize(10.2F), 255);
}

TEST(ActivationGrid, EndsAtZeroForNegativeRanges) {
  const auto grid = activation_grid({-5.1F, -1}, ActivationScheme::kU8);
  EXPECT_EQ(grid.zero_point, 255);
  EXPECT_FLOAT_EQ(grid.scale, 0.02F);
  EXPECT_EQ(grid.quantize(-5.1F), 0);
}

TEST(ActivationGrid, PutsTheZeroPointWhereZeroIs) {
  const auto grid = activation_grid({-0.55F, 2.0F}, ActivationScheme::kU8);  // 255 steps of 0.01
  EXPECT_FLOAT_EQ(grid.scale, 0.01F);
  EXPECT_EQ(grid.zero_point, 55);
}

TEST(ActivationGrid, IsSymmetricForS8) {
  const auto grid = activation_grid({-2.54F, 1.0F}, ActivationScheme::kS8);
  EXPECT_EQ(grid.type, model::DataType::kInt8);
  EXPECT_EQ(grid.zero_point, 0);
  EXPECT_FLOAT_EQ(grid.scale, 0.02F);
  EXPECT_EQ(grid.quantize(-2.54F), -127);
  EXPECT_EQ(grid.quantize(1.0F), 50);
}

TEST(ActivationGrid, Of16BitsHas257TimesTheSteps) {
  const auto grid = activation_grid({-0.55F, 2.0F}, ActivationScheme::kU8, model::Precision::kInt16x8);
  EXPECT_EQ(grid.type, model::DataType::kUint16);
  EXPECT_FLOAT_EQ(grid.scale, 2.55F / 65535);
  EXPECT_EQ(grid.zero_point, 14135);  // 0.55 * 65535 / 2.55
  EXPECT_EQ(grid.quantize(2), 65535);
  EXPECT_EQ(grid.quantize(3), 65535);
  EXPECT_EQ(grid.quantize(-9), 0);
  const auto symmetric = activation_grid({-2, 1}, ActivationScheme::kS8, model::Precision::kInt16x8);
  EXPECT_EQ(symmetric.type, model::DataType::kInt16);
  EXPECT_FLOAT_EQ(symmetric.scale, 2.0F / 32767);
  EXPECT_EQ(symmetric.zero_point, 0);
  EXPECT_EQ(symmetric.quantize(-2), -32767);
  EXPECT_EQ(symmetric.quantize(-3), -32768);
}

TEST(ActivationGrid, IsTheSameForWeightsOf8And12Bits) {
  for (const auto scheme : {ActivationScheme::kU8, ActivationScheme::kS8}) {
    const auto fine = activation_grid({-0.5F, 2.0F}, scheme, model::Precision::kInt16x12);
    const auto coarse = activation_grid({-0.5F, 2.0F}, scheme, model::Precision::kInt16x8);
    EXPECT_EQ(fine.type, coarse.type);
    EXPECT_EQ(fine.scale, coarse.scale);
    EXPECT_EQ(fine.zero_point, coarse.zero_point);
  }
}

TEST(ActivationGrid, HasScaleOneWhereOnlyZeroWasSeen) {
  for (const auto scheme : {ActivationScheme::kU8, ActivationScheme::kS8}) {
    EXPECT_EQ(activation_grid({0, 0}, scheme).scale, 1.0F);
    EXPECT_EQ(activation_grid({}, scheme).scale, 1.0F);
    EXPECT_EQ(activation_grid({0, 1e-42F}, scheme).scale, 1.0F);  // a denormal scale would divide to infinity
  }
}

TEST(ActivationGrid, KeepsZeroExactAndEverythingElseWithinAStep) {
  for (std::uint32_t i = 0; i < 200; ++i) {
    const auto low = static_cast<float>(-3 * uniform01(1, Draw::kTraining, i, 0));
    const auto high = static_cast<float>(7 * uniform01(1, Draw::kTraining, i, 1));
    for (const auto scheme : {ActivationScheme::kU8, ActivationScheme::kS8}) {
      const auto grid = activation_grid({low, high}, scheme);
      EXPECT_EQ(grid.dequantize(grid.quantize(0)), 0.0F);
      for (int k = 0; k <= 100; ++k) {
        const float x = low + (high - low) * static_cast<float>(k) / 100;
        // Half a step by rounding, and half a step where the rounded zero point clips an end of the range.
        EXPECT_LE(std::abs(grid.dequantize(grid.quantize(x)) - x), grid.scale * 1.0001F)
            << low << " " << high << " " << x;
      }
    }
  }
}

TEST(Range, IncludesWhatItIsGiven) {
  Range range;
  EXPECT_TRUE(range.empty());
  range.include({-5, -2});
  EXPECT_EQ(range.low, -5);
  EXPECT_EQ(range.high, -2);
  range.include({});
  range.include({-3, 4});
  EXPECT_EQ(range.low, -5);
  EXPECT_EQ(range.high, 4);
}

TEST(QuantizeWeight, HasAScaleForEachOutputChannelOfAConv) {
  const auto weight = model::make_tensor({2, 1, 1, 3}, {1.27F, -0.5F, 0.25F, -254.0F, 2.0F, 3.0F});
  const auto quantized = quantize_weight(weight, 0, WeightScheme::kPerChannel);
  ASSERT_EQ(quantized.scale.size(), 2u);
  EXPECT_FLOAT_EQ(quantized.scale[0], 0.01F);
  EXPECT_FLOAT_EQ(quantized.scale[1], 2.0F);
  const auto q = quantized.values.as<std::int8_t>();
  EXPECT_EQ(std::vector<int>(q.begin(), q.end()), (std::vector<int>{127, -50, 25, -127, 1, 2}));  // 3/2 -> 2: even
}

TEST(QuantizeWeight, TakesAxisOneForAConvTranspose) {
  // (in 2, out 2, 1, 1): channel 0 holds 1 and 127, channel 1 holds 20 and -254.
  const auto weight = model::make_tensor({2, 2, 1, 1}, {1.0F, 20.0F, 127.0F, -254.0F});
  const auto quantized = quantize_weight(weight, 1, WeightScheme::kPerChannel);
  EXPECT_EQ(quantized.scale, (std::vector<float>{1.0F, 2.0F}));
  const auto q = quantized.values.as<std::int8_t>();
  EXPECT_EQ(std::vector<int>(q.begin(), q.end()), (std::vector<int>{1, 10, 127, -127}));
}

TEST(QuantizeWeight, HasOneScalePerTensorWhenAsked) {
  const auto weight = model::make_tensor({2, 1, 1, 2}, {1.0F, 2.0F, -127.0F, 63.5F});
  const auto quantized = quantize_weight(weight, 0, WeightScheme::kPerTensor);
  EXPECT_EQ(quantized.scale, std::vector<float>{1.0F});
  const auto q = quantized.values.as<std::int8_t>();
  EXPECT_EQ(std::vector<int>(q.begin(), q.end()), (std::vector<int>{1, 2, -127, 64}));
}

TEST(QuantizeWeight, KeepsAChannelOfZeros) {
  const auto weight = model::make_tensor({2, 2}, {0.0F, 0.0F, 127.0F, -127.0F});
  const auto quantized = quantize_weight(weight, 0, WeightScheme::kPerChannel);
  EXPECT_EQ(quantized.scale[0], 1.0F);
  const auto q = quantized.values.as<std::int8_t>();
  EXPECT_EQ(std::vector<int>(q.begin(), q.end()), (std::vector<int>{0, 0, 127, -127}));
  EXPECT_EQ(quantized.sqnr_db, std::numeric_limits<double>::infinity());
}

TEST(QuantizeWeight, Of12BitsIsInt16UpTo2047) {
  const auto weight = model::make_tensor({2, 1, 1, 3}, {20.47F, -0.05F, 0.25F, -4094.0F, 3.0F, 5.0F});
  const auto quantized = quantize_weight(weight, 0, WeightScheme::kPerChannel, model::Precision::kInt16x12);
  EXPECT_EQ(quantized.values.type, model::DataType::kInt16);
  EXPECT_FLOAT_EQ(quantized.scale[0], 0.01F);
  EXPECT_FLOAT_EQ(quantized.scale[1], 2.0F);
  const auto q = quantized.values.as<std::int16_t>();
  // 3/2 and 5/2 -> 2: even
  EXPECT_EQ(std::vector<int>(q.begin(), q.end()), (std::vector<int>{2047, -5, 25, -2047, 2, 2}));
}

// Four more bits of weights: 24 dB.
TEST(QuantizeWeight, Of12BitsHasASixteenthOfTheNoise) {
  std::vector<float> numbers(5000);
  normals(1, Draw::kTraining, 0, numbers);
  const auto weight = model::make_tensor({10, 500}, numbers);
  const auto coarse = quantize_weight(weight, 0, WeightScheme::kPerChannel, model::Precision::kInt16x8);
  const auto fine = quantize_weight(weight, 0, WeightScheme::kPerChannel, model::Precision::kInt16x12);
  EXPECT_NEAR(fine.sqnr_db - coarse.sqnr_db, 24.1, 0.5);  // 20 log10(2047 / 127)
}

TEST(QuantizeWeight, NeverUsesMinus128) {
  std::vector<float> numbers(500);
  normals(1, Draw::kTraining, 0, numbers);
  const auto quantized = quantize_weight(model::make_tensor({10, 50}, numbers), 0, WeightScheme::kPerChannel);
  for (const auto q : quantized.values.as<std::int8_t>()) EXPECT_GE(q, -127);
}

TEST(QuantizeWeight, TellsTheNoise) {
  // Scale 1: errors 0, 0.25, -0.25; signal 127^2 + 2 * 1.25^2 (about) over noise 2 * 0.25^2.
  const auto weight = model::make_tensor({1, 3}, {127.0F, 1.25F, 0.75F});
  const double expected = 10 * std::log10((127.0 * 127.0 + 1.25 * 1.25 + 0.75 * 0.75) / (2 * 0.0625));
  EXPECT_NEAR(quantize_weight(weight, 0, WeightScheme::kPerChannel).sqnr_db, expected, 1e-9);
}

}  // namespace
}  // namespace octocal::quant
