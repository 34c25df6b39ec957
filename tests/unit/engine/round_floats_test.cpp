// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/round_floats.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "octocal/model/float_formats.hpp"

// The rounding kernels against numbers worked out by hand, and against model's conversions, which are tested at every
// neighbour of each format.

namespace octocal::engine::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::uint16_t rounded(Element to, float number) {
  std::uint16_t bits = 0;
  round_floats(to, std::span(&number, 1), &bits);
  return bits;
}

TEST(RoundFloats, Bfloat16ByHand) {
  const std::pair<float, std::uint16_t> cases[] = {{1.0F, 0x3f80},
                                                   {1.0F + 0x1p-8F, 0x3f80},  // a tie: to the even one
                                                   {1.0F + 0x3p-8F, 0x3f82},
                                                   {1.0F + 0x1p-8F + 0x1p-20F, 0x3f81},
                                                   {-1.0F - 0x3p-8F, 0xbf82},
                                                   {0.0F, 0x0000},
                                                   {-0.0F, 0x8000},
                                                   {0x1p-133F, 0x0001},  // the smallest subnormal number
                                                   {0x1p-134F, 0x0000},
                                                   {0x3p-134F, 0x0002},
                                                   {3.3895e38F, 0x7f7f},
                                                   {std::numeric_limits<float>::max(), 0x7f80},
                                                   {kInfinity, 0x7f80},
                                                   {-kInfinity, 0xff80}};
  for (const auto& [number, bits] : cases) EXPECT_EQ(rounded(Element::kBfloat16, number), bits) << number;
}

TEST(RoundFloats, Float16ByHand) {
  const std::pair<float, std::uint16_t> cases[] = {{1.0F, 0x3c00},
                                                   {1.0F + 0x1p-11F, 0x3c00},  // a tie
                                                   {1.0F + 0x3p-11F, 0x3c02},
                                                   {-2049.0F, 0xe800},
                                                   {2051.0F, 0x6802},
                                                   {-0.0F, 0x8000},
                                                   {0x1p-14F, 0x0400},
                                                   {0x1p-24F, 0x0001},  // the smallest normal and subnormal numbers
                                                   {0x1p-25F, 0x0000},
                                                   {0x3p-25F, 0x0002},
                                                   {-0x1.8p-24F, 0x8002},
                                                   {0x1p-140F, 0x0000},
                                                   {65504.0F, 0x7bff},
                                                   {65519.996F, 0x7bff},
                                                   {65520.0F, 0x7c00},
                                                   {-1e30F, 0xfc00},
                                                   {kInfinity, 0x7c00}};
  for (const auto& [number, bits] : cases) EXPECT_EQ(rounded(Element::kFloat16, number), bits) << number;
}

TEST(RoundFloats, NotANumberStaysNone) {
  for (const std::uint32_t bits : {0x7fc00000U, 0x7f800001U, 0xff800001U, 0xffffffffU}) {
    const float nan = std::bit_cast<float>(bits);
    EXPECT_TRUE(std::isnan(model::bfloat16_value(rounded(Element::kBfloat16, nan)))) << bits;
    EXPECT_TRUE(std::isnan(model::float16_value(rounded(Element::kFloat16, nan)))) << bits;
  }
}

TEST(RoundFloats, AgreesWithTheReferenceOverAllExponents) {
  std::vector<float> numbers;
  // A prime step: all signs, exponents and many patterns of the last bits; whole vectors and what is left of one.
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += 65537 * 3 + 2)
    numbers.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  std::vector<std::uint16_t> out(numbers.size());
  round_floats(Element::kBfloat16, numbers, out.data());
  for (std::size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], model::bfloat16_bits(numbers[i])) << numbers[i];
  round_floats(Element::kFloat16, numbers, out.data());
  for (std::size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], model::float16_bits(numbers[i])) << numbers[i];
}

TEST(WidenFloats, IsExactForEveryNumber) {
  std::vector<std::uint16_t> all(65536);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
  std::vector<float> wide(all.size());
  for (const auto element : {Element::kBfloat16, Element::kFloat16}) {
    widen_floats(element, all, wide.data());
    const auto value = element == Element::kBfloat16 ? model::bfloat16_value : model::float16_value;
    for (std::size_t i = 0; i < all.size(); ++i)
      ASSERT_EQ(std::bit_cast<std::uint32_t>(wide[i]), std::bit_cast<std::uint32_t>(value(all[i]))) << i;
  }
}

}  // namespace
}  // namespace octocal::engine::test
