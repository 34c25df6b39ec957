// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/energy_blocks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace octocal::physics {
namespace {

TEST(EnergyBlocks, DealShowersInOrderOfEnergyForwardsAndBack) {
  std::vector<float> energies(130);
  for (std::size_t i = 0; i < energies.size(); ++i) energies[i] = 500.0F - static_cast<float>(i);  // falling
  const auto blocks = energy_blocks(energies);
  EXPECT_EQ(blocks[129], 0);  // the lowest energy
  EXPECT_EQ(blocks[66], 63);
  EXPECT_EQ(blocks[65], 63);  // and back
  EXPECT_EQ(blocks[2], 0);
  EXPECT_EQ(blocks[1], 0);
  EXPECT_EQ(blocks[0], 1);
}

TEST(EnergyBlocks, GiveEveryHalfTheSameSpectrum) {
  std::mt19937 engine(5);
  std::uniform_real_distribution<float> uniform(100, 500);
  std::vector<float> energies(6400);
  for (float& energy : energies) energy = uniform(engine);
  const auto blocks = energy_blocks(energies);
  for (std::size_t h = 0; h < kHalvings; ++h) {
    double sum[2] = {0, 0};
    for (std::size_t i = 0; i < energies.size(); ++i) sum[in_second_half(h, blocks[i]) ? 1 : 0] += energies[i];
    // Random halves of 3,200 would differ by 115 GeV * 2/sqrt(6400) = 2.9 GeV.
    EXPECT_LT(std::abs(sum[0] - sum[1]) / 3200, 0.15) << "halving " << h;
  }
}

TEST(Halvings, AreBalancedAndTheFirstIsAlternate) {
  for (std::size_t b = 0; b < kBlocks; ++b) EXPECT_EQ(in_second_half(0, b), b % 2 == 1);
  for (std::size_t h = 0; h < kHalvings; ++h) {
    for (std::size_t k = h; k < kHalvings; ++k) {
      int second = 0, agree = 0;
      for (std::size_t b = 0; b < kBlocks; ++b) {
        second += in_second_half(h, b) ? 1 : 0;
        agree += in_second_half(h, b) == in_second_half(k, b) ? 1 : 0;
      }
      EXPECT_EQ(second, 32);
      EXPECT_EQ(agree, h == k ? 64 : 32);
    }
  }
}

}  // namespace
}  // namespace octocal::physics
