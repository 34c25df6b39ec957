// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace octocal {
namespace {

using Words = std::array<std::uint32_t, 4>;

// Known answers of Random123's own file kat_vectors, lines "philox4x32 10": counter = (shower low, shower high, index,
// draw), key = (seed low, seed high).
TEST(Philox, GivesTheKnownAnswersOfRandom123) {
  EXPECT_EQ(philox(0, Draw{0}, 0, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox(~0ULL, Draw{0xffffffffU}, ~0ULL, 0xffffffffU),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox(0x299f31d0a4093822ULL, Draw{0x03707344U}, 0x85a308d3243f6a88ULL, 0x13198a2eU),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, PutsTheSeriesWhereIndexAndDrawLeaveRoom) {
  // The published answers again: series 0x0370731319 fills what index 0x8a2e and draw 0x44 leave of the last two words.
  EXPECT_EQ(philox(0x299f31d0a4093822ULL, Draw{0x44U}, {0x85a308d3243f6a88ULL, 0x0370731319ULL}, 0x8a2eU),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
  EXPECT_EQ(philox(~0ULL, Draw{0xffU}, {~0ULL, ShowerNumber::kSeries - 1}, 0xffffU),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(Uniform01, StaysInsideAndHasTheMomentsOfAUniform) {
  constexpr std::uint32_t kNumbers = 100000;
  double sum = 0;
  double squares = 0;
  double least = 1;
  double most = 0;
  for (std::uint32_t i = 0; i < kNumbers; ++i) {
    const double u = uniform01(7, Draw::kEnergy, i, 0);
    sum += u;
    squares += u * u;
    least = std::min(least, u);
    most = std::max(most, u);
  }
  EXPECT_GT(least, 0);
  EXPECT_LT(most, 1);
  // Five standard deviations of the mean of n uniforms, and of their squares (variance 4/45).
  EXPECT_NEAR(sum / kNumbers, 0.5, 5 * std::sqrt(1.0 / 12 / kNumbers));
  EXPECT_NEAR(squares / kNumbers, 1.0 / 3, 5 * std::sqrt(4.0 / 45 / kNumbers));
}

TEST(Normals, AreBoxMullerOfThePhiloxWords) {
  std::vector<float> numbers(2000);
  normals(11, Draw::kLatent, 5, numbers);
  for (std::size_t pair = 0; pair < numbers.size() / 2; ++pair) {
    const auto words = philox(11, Draw::kLatent, 5, static_cast<std::uint32_t>(pair));
    const auto uniform = [&](std::size_t at) {
      const std::uint64_t bits = (static_cast<std::uint64_t>(words[at]) << 32 | words[at + 1]) >> 12;
      return std::ldexp(static_cast<double>(bits) + 0.5, -52);
    };
    const double radius = std::sqrt(-2 * std::log(uniform(0)));
    const double angle = 2 * std::numbers::pi * uniform(2);
    EXPECT_NEAR(numbers[2 * pair], radius * std::cos(angle), 1e-6);
    EXPECT_NEAR(numbers[2 * pair + 1], radius * std::sin(angle), 1e-6);
  }
}

TEST(Normals, HaveTheMomentsOfAStandardNormal) {
  constexpr std::size_t kShowers = 1000;
  std::vector<float> latent(200);
  double moments[5] = {};
  for (std::size_t shower = 0; shower < kShowers; ++shower) {
    normals(3, Draw::kLatent, shower, latent);
    for (const float number : latent)
      for (int k = 1; k <= 4; ++k) moments[k] += std::pow(static_cast<double>(number), k);
  }
  const double n = kShowers * 200;
  // Five standard deviations of each: variances of z, z^2, z^3, z^4 are 1, 2, 15, 96.
  EXPECT_NEAR(moments[1] / n, 0, 5 * std::sqrt(1 / n));
  EXPECT_NEAR(moments[2] / n, 1, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(moments[3] / n, 0, 5 * std::sqrt(15 / n));
  EXPECT_NEAR(moments[4] / n, 3, 5 * std::sqrt(96 / n));
}

TEST(Normals, OfAnIndexDoNotDependOnHowManyAreMade) {
  std::vector<float> many(200);
  std::vector<float> few(7);
  normals(3, Draw::kLatent, 42, many);
  normals(3, Draw::kLatent, 42, few);
  for (std::size_t i = 0; i < few.size(); ++i) EXPECT_EQ(few[i], many[i]) << i;
}

TEST(Normals, DifferBetweenSeedsShowersAndPurposes) {
  std::vector<float> first(8);
  normals(3, Draw::kLatent, 42, first);
  for (const auto& [seed, draw, shower] : {std::tuple{4UL, Draw::kLatent, 42UL},
                                           {3UL, Draw::kCalibration, 42UL},
                                           {3UL, Draw::kLatent, 43UL},
                                           {3UL, Draw::kLatent, (1UL << 32U) + 42}}) {
    std::vector<float> other(8);
    normals(seed, draw, shower, other);
    EXPECT_NE(first, other) << seed << " " << shower;
  }
  for (const std::uint64_t series : {1UL, 1UL << 16U, ShowerNumber::kSeries - 1}) {
    std::vector<float> other(8);
    normals(3, Draw::kLatent, {42, series}, other);
    EXPECT_NE(first, other) << "series " << series;
  }
}

}  // namespace
}  // namespace octocal
