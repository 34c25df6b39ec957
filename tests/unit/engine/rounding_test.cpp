// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "octocal/engine/kernels/quantize.hpp"
#include "octocal/engine/kernels/round_half_even.hpp"

namespace octocal::engine {
namespace {

TEST(RoundHalfEven, TiesGoToTheEvenNeighbour) {
  for (int i = -300; i < 300; ++i) {
    const float tie = static_cast<float>(i) + 0.5F;
    const float even = static_cast<float>(i % 2 == 0 ? i : i + 1);
    EXPECT_EQ(round_half_even_clamped(tie, -1000, 1000), even);
    EXPECT_EQ(round_half_even_clamped(std::nextafter(tie, -1e9F), -1000, 1000), static_cast<float>(i));
    EXPECT_EQ(round_half_even_clamped(std::nextafter(tie, 1e9F), -1000, 1000), static_cast<float>(i + 1));
  }
}

TEST(RoundHalfEven, ClampsAndSurvivesAnyFloat) {
  const float huge = std::numeric_limits<float>::max();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float t : {huge, infinity, 255.5F, 300.0F}) EXPECT_EQ(round_half_even_clamped(t, 0, 255), 255);
  for (const float t : {-huge, -infinity, -0.5F, -3.0F}) EXPECT_EQ(round_half_even_clamped(t, 0, 255), 0);
  EXPECT_EQ(round_half_even_clamped(std::nanf(""), 0, 255), 0);
}

TEST(QuantizeU8, IsOnnxsFormulaAndItsInverse) {
  const Quantization to{0.1F, 37};
  std::vector<float> numbers;
  for (int i = -500; i < 500; ++i) numbers.push_back(static_cast<float>(i) * 0.0501F);
  std::vector<std::uint8_t> quantized(numbers.size());
  quantize_u8(to, numbers, quantized.data());
  std::vector<float> back(numbers.size());
  dequantize_u8(to, quantized, back.data());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    // The C library rounds half to even by default.
    const double expected = std::min(255.0, std::max(0.0, std::nearbyint(static_cast<double>(numbers[i] / 0.1F)) + 37));
    EXPECT_EQ(quantized[i], expected) << numbers[i];
    EXPECT_EQ(back[i], static_cast<float>(expected - 37) * 0.1F);
  }
}

}  // namespace
}  // namespace octocal::engine
