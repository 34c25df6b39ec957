// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/paired_change.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "octocal/physics/sample_result.hpp"
#include "unit/physics/shower_making.hpp"

namespace octocal::physics {
namespace {

using testing::frame_of;
using testing::random_showers;

SampleSums paired_sums(const data::ShowerBatch& showers, const Frame& frame) {
  SampleSums sums(frame);
  sums.add(showers, energy_blocks(showers.energy_gev));
  return sums;
}

TEST(PairedChange, OfASampleWithItselfIsNothing) {
  const auto reference = random_showers(200, 1), base = random_showers(200, 2);
  const auto frame = frame_of(reference);
  const auto sums = paired_sums(base, frame);
  const auto change = paired_change(sums, sums, paired_sums(reference, frame));
  for (const auto& number : change.table3) {
    EXPECT_EQ(number.difference.value, 0);
    EXPECT_GT(number.base_error, 0);
  }
  for (const auto& number : change.table4) EXPECT_EQ(number.in_errors(), 0);
  EXPECT_EQ(change.apart.mse_gev2.value, 0);
}

// Twice the energy in every cell: means and widths stay, the two are apart by the base itself.
TEST(PairedChange, OfAScaledSampleIsThatOfItsProjections) {
  const auto reference = random_showers(200, 1), base = random_showers(200, 2);
  auto scaled = base;
  for (float& cell : scaled.cells_gev) cell *= 2;
  const auto frame = frame_of(reference);
  const auto of_base = paired_sums(base, frame), of_scaled = paired_sums(scaled, frame),
             aim = paired_sums(reference, frame);
  const auto change = paired_change(of_scaled, of_base, aim);
  for (const auto& number : change.table3) EXPECT_NEAR(number.difference.value, 0, 1e-6);
  EXPECT_NEAR(change.apart.relative_mse.value, 1, 1e-6);
  for (std::size_t plane = 0; plane < 3; ++plane) {
    const double own = projection_mse(of_base, aim).planes[plane].mse_gev2.value;
    const double other = projection_mse(of_scaled, aim).planes[plane].mse_gev2.value;
    EXPECT_NEAR(change.table4[plane].difference.value, other - own, 1e-9 * other);
    EXPECT_GT(change.table4[plane].in_errors(), 1);
  }
  EXPECT_NEAR(change.table4[3].difference.value,
              change.table4[0].difference.value + change.table4[1].difference.value + change.table4[2].difference.value,
              1e-9 * std::abs(change.table4[3].difference.value));
}

// The base's error is what describe_sample gives for the base alone.
TEST(PairedChange, CountsInTheErrorsOfTheBase) {
  const auto reference = random_showers(200, 1), base = random_showers(200, 2),
             other = random_showers(200, 2, {5, 4, 3}, 1.1);
  const auto frame = frame_of(reference);
  const auto of_base = paired_sums(base, frame), aim = paired_sums(reference, frame);
  const auto change = paired_change(paired_sums(other, frame), of_base, aim);
  const auto described = describe_sample(of_base, aim, describe_reference(aim));
  for (std::size_t i = 0; i < change.table3.size(); ++i)
    EXPECT_DOUBLE_EQ(change.table3[i].base_error, described.table3[i].number.error);
}

}  // namespace
}  // namespace octocal::physics
