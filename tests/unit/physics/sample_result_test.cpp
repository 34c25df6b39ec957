// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/sample_result.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "octocal/base/error.hpp"
#include "octocal/physics/shape_functionals.hpp"
#include "unit/physics/shower_making.hpp"

namespace octocal::physics {
namespace {

using testing::frame_of;
using testing::kSmall;
using testing::random_showers;
using testing::showers_of;
using testing::sums_of;

const Comparison* find(const SampleResult& result, const std::string& quantity) {
  for (const auto& comparison : result.comparisons) {
    if (comparison.quantity == quantity) return &comparison;
  }
  return nullptr;
}

TEST(Table3, IsTheMeanAndWidthOfTheSummedProfile) {
  // Two showers: 3 GeV at y = 0, z = 1 and 1 GeV at y = 2, z = 2. The profile, not the single shower, has a width.
  const auto batch = showers_of({{{1, 0, 1, 3.0F}}, {{1, 2, 2, 1.0F}}});
  const auto result = describe_reference(sums_of(batch));
  EXPECT_DOUBLE_EQ(result.table3[0].number.value, 1);
  EXPECT_DOUBLE_EQ(result.table3[2].number.value, 0.5);
  EXPECT_DOUBLE_EQ(result.table3[3].number.value, std::sqrt((3 * 0.25 + 2.25) / 4));
  EXPECT_DOUBLE_EQ(result.table3[4].number.value, 1.25);
  EXPECT_DOUBLE_EQ(result.table3[5].number.value, std::sqrt(3.0 / 16));
  EXPECT_EQ(result.table3[4].name, "z_mean");
  EXPECT_DOUBLE_EQ(result.profiles[2].mean[1], 1.5);   // GeV a shower
  EXPECT_DOUBLE_EQ(result.profiles[2].error[1], 1.5);  // values 3 and 0: s/sqrt(2) = 2.12/1.41
}

TEST(Table4, OfTwoConstantSamplesIsTheSquareOfTheirDifference) {
  // Every cell 1 GeV against 1.5 GeV. Projections: 3, 4, 5 against 4.5, 6, 7.5 GeV a pixel of xy, xz, yz.
  auto one = showers_of({{}, {}, {}});
  auto more = one;
  for (float& cell : one.cells_gev) cell = 1.0F;
  for (float& cell : more.cells_gev) cell = 1.5F;
  const auto frame = frame_of(one);
  const Table4 table = projection_mse(sums_of(more, frame), sums_of(one, frame));
  EXPECT_DOUBLE_EQ(table.planes[0].mse_gev2.value, 1.5 * 1.5);
  EXPECT_DOUBLE_EQ(table.planes[1].mse_gev2.value, 2.0 * 2.0);
  EXPECT_DOUBLE_EQ(table.planes[2].mse_gev2.value, 2.5 * 2.5);
  EXPECT_DOUBLE_EQ(table.mse_gev2.value, 12.5);
  EXPECT_DOUBLE_EQ(table.relative_mse.value, 0.25);
  EXPECT_DOUBLE_EQ(table.planes[1].relative_mse.value, 0.25);
  EXPECT_DOUBLE_EQ(table.mse_gev2.error, 0);
  EXPECT_DOUBLE_EQ(table.mse_gev2.floor, 0);
}

TEST(Table4, FloorShrinksAsOneOverN) {
  const double few = projection_mse(sums_of(random_showers(640, 1)), sums_of(random_showers(640, 1))).mse_gev2.floor;
  const double many = projection_mse(sums_of(random_showers(6400, 2)), sums_of(random_showers(6400, 2))).mse_gev2.floor;
  EXPECT_NEAR(few / many, 10, 5);
}

TEST(Table4, OfAPerfectSampleIsHalfTheFloorOnAverage) {
  double ratio = 0;
  constexpr int kTrials = 20;
  for (unsigned trial = 0; trial < kTrials; ++trial) {
    const auto reference = random_showers(320, 100 + trial);
    auto sample = random_showers(320, 200 + trial);
    // The same energies, another chance: cells scale with Ep in random_showers.
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const float scale = reference.energy_gev[i] / sample.energy_gev[i];
      for (float& cell : sample.shower(i)) cell *= scale;
      sample.energy_gev[i] = reference.energy_gev[i];
    }
    const auto frame = frame_of(reference);
    const Table4 table = projection_mse(sums_of(sample, frame), sums_of(reference, frame));
    ratio += table.mse_gev2.value / table.mse_gev2.floor / kTrials;
  }
  EXPECT_NEAR(ratio, 0.5, 0.25);
}

TEST(SampleSums, MergedAreThoseOfOnePass) {
  const auto batch = random_showers(500, 3);
  const auto blocks = energy_blocks(batch.energy_gev);
  const auto frame = frame_of(batch);
  SampleSums first(frame), second(frame);
  for (std::size_t start = 0; start < 500; start += 125) {
    data::ShowerBatch part;
    part.geometry = batch.geometry;
    const std::size_t cells = batch.geometry.cells();
    part.energy_gev.assign(&batch.energy_gev[start], &batch.energy_gev[start] + 125);
    part.cells_gev.assign(&batch.cells_gev[start * cells], &batch.cells_gev[start * cells] + 125 * cells);
    (start < 250 ? first : second).add(part, std::span(blocks).subspan(start, 125));
  }
  first.merge(second);
  const auto merged = describe_reference(first), whole = describe_reference(sums_of(batch, frame));
  EXPECT_TRUE(first.paired_with(sums_of(batch, frame)));
  EXPECT_EQ(merged.showers, 500U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(merged.table3[i].number.value, whole.table3[i].number.value, 1e-12);
    EXPECT_NEAR(merged.table3[i].number.error, whole.table3[i].number.error, 1e-12);
    EXPECT_NEAR(merged.table3[i].number.floor, whole.table3[i].number.floor, 1e-12);
  }
  for (std::size_t i = 0; i < whole.observables.size(); ++i) {
    EXPECT_NEAR(merged.observables[i].spread.value, whole.observables[i].spread.value, 1e-9);
    EXPECT_EQ(merged.observables[i].histogram.counts, whole.observables[i].histogram.counts);
  }
  for (std::size_t i = 0; i < whole.response_bins.size(); ++i) {
    EXPECT_NEAR(merged.response_bins[i].mean.value, whole.response_bins[i].mean.value, 1e-14);
  }
  for (std::size_t i = 0; i < whole.layer_correlation.size(); ++i) {
    EXPECT_NEAR(merged.layer_correlation[i], whole.layer_correlation[i], 1e-9);
  }
}

TEST(SampleSums, ProjectTheMeanImage) {
  const auto batch = random_showers(50, 4);
  const auto sums = sums_of(batch);
  const auto image = sums.image().mean_gev();
  const auto result = describe_reference(sums);
  for (std::size_t x = 0; x < kSmall.nx; ++x) {
    for (std::size_t z = 0; z < kSmall.nz; ++z) {
      double sum = 0;
      for (std::size_t y = 0; y < kSmall.ny; ++y) sum += image[(x * kSmall.ny + y) * kSmall.nz + z];
      EXPECT_NEAR(result.projections[1].mean[x * kSmall.nz + z], sum, 1e-12);
    }
  }
}

TEST(SampleSums, RefuseAnotherGeometry) {
  SampleSums sums(frame_of(random_showers(5, 1)));
  const auto other = random_showers(1, 2, {4, 4, 4});
  try {
    sums.add(other, energy_blocks(other.energy_gev));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_NE(std::string(error.what()).find("4x4x4 cells, expected 5x4x3"), std::string::npos);
  }
}

TEST(MeanImage, HasTheErrorOfTheMeanOfEachCell) {
  const auto batch = showers_of({{{0, 0, 0, 1.0F}}, {{0, 0, 0, 3.0F}}, {{0, 0, 0, 5.0F}}});
  MeanImage image(kSmall);
  for (std::size_t i = 0; i < 3; ++i) image.add(batch.shower(i));
  EXPECT_DOUBLE_EQ(image.mean_gev()[0], 3);
  EXPECT_DOUBLE_EQ(image.error_gev()[0], 2 / std::sqrt(3.0));
  EXPECT_EQ(image.error_gev()[1], 0);
}

TEST(LayerCorrelations, AreThoseOfLayersThatRiseAndFallTogether) {
  // Layers 0 and 1 go up together, layer 2 goes the other way.
  const auto batch = showers_of({{{0, 0, 0, 1.0F}, {0, 0, 1, 2.0F}, {0, 0, 2, 9.0F}},
                                 {{0, 0, 0, 2.0F}, {0, 0, 1, 4.0F}, {0, 0, 2, 6.0F}},
                                 {{0, 0, 0, 3.0F}, {0, 0, 1, 6.0F}, {0, 0, 2, 3.0F}}});
  const auto sums = sums_of(batch);
  const auto rho = layer_correlations(3, sums.layers().mean());
  EXPECT_NEAR(rho[0 * 3 + 1], 1, 1e-9);
  EXPECT_NEAR(rho[0 * 3 + 2], -1, 1e-9);
  EXPECT_NEAR(rho[2 * 3 + 2], 1, 1e-9);
}

TEST(Comparisons, FindWhatWasShifted) {
  const auto reference = random_showers(2000, 5);
  auto sample = reference;
  for (float& cell : sample.cells_gev) cell *= 1.03F;  // response 3 % high; shapes as they were
  const auto frame = frame_of(reference);
  const auto reference_sums = sums_of(reference, frame);
  const auto described = describe_reference(reference_sums);
  const auto result = describe_sample(sums_of(sample, frame), reference_sums, described);
  ASSERT_NE(find(result, "response"), nullptr);
  EXPECT_NEAR(find(result, "response")->number.value, 0.03, 1e-6);
  EXPECT_NEAR(find(result, "response_bins")->number.value, 0.03, 1e-6);
  EXPECT_NEAR(find(result, "core_resolution")->number.value, 0, 1e-6);
  EXPECT_NEAR(find(result, "z_mean")->number.value, 0, 1e-7);
  EXPECT_NEAR(find(result, "z_mean")->number.error, 0, 1e-7);  // paired: nothing is left to chance
  EXPECT_NEAR(find(result, "profile_z_ends")->number.value, 0.03, 1e-6);
  EXPECT_NEAR(result.table4->relative_mse.value, 0.03 * 0.03, 1e-7);
  EXPECT_NEAR(find(result, "layer_correlation")->number.value, 0, 1e-5);
  EXPECT_GT(find(result, "response")->number.floor, 0);
}

TEST(Comparisons, NameTheWorstPixel) {
  const data::Geometry geometry{5, 9, 3};
  const auto reference = random_showers(500, 6, geometry);
  auto sample = reference;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    for (std::size_t x = 0; x < 5; ++x) {
      for (std::size_t z = 0; z < 3; ++z) sample.shower(i)[(x * 9 + 4) * 3 + z] *= 0.9F;  // y = 4
    }
  }
  const auto frame = frame_of(reference);
  const auto sums = sums_of(reference, frame);
  const auto result = describe_sample(sums_of(sample, frame), sums, describe_reference(sums));
  EXPECT_EQ(find(result, "profile_y")->where, "y = 4");
  EXPECT_NEAR(find(result, "profile_y")->number.value, -0.1, 1e-6);
  EXPECT_NEAR(find(result, "profile_y_ends")->number.value, 0, 1e-9);
}

}  // namespace
}  // namespace octocal::physics
