// SPDX-License-Identifier: Apache-2.0
// The numbers of the shipped Geant4 sample against those of its seven sister files together (data/README.md).
#include <gtest/gtest.h>

#include "octocal/data/shower_reader.hpp"
#include "octocal/physics/energy_blocks.hpp"
#include "octocal/physics/profile_classifier.hpp"
#include "octocal/physics/sample_result.hpp"

namespace octocal::physics {
namespace {

const SampleResult& sample() {
  static const SampleResult result = [] {
    data::ShowerReader reader({OCTOCAL_SOURCE_DIR "/data/electrons_000.h5"});
    const auto energies = reader.energies();
    const auto blocks = energy_blocks(energies);
    data::ShowerBatch batch;
    reader.read(0, 500, batch);
    SampleSums sums(Frame::of(energies, batch));
    reader.rewind();
    for (std::size_t first = 0; reader.next(batch, 256); first += batch.size()) {
      sums.add(batch, std::span(blocks).subspan(first, batch.size()));
    }
    return describe_reference(sums);
  }();
  return result;
}

/// Within three errors of this file's own and rounding of the published figure.
void expect_published(const Number& number, double published, double rounding) {
  EXPECT_GT(number.error, 0);
  EXPECT_NEAR(number.value, published, 3 * number.error + rounding);
}

TEST(GoldSample, Table3IsThatOfAllSevenThousandShowers) {
  const auto& table = sample().table3;
  expect_published(table[2].number, 12.00, 0.005);
  expect_published(table[3].number, 1.470, 0.0005);
  expect_published(table[4].number, 13.59, 0.005);
  expect_published(table[5].number, 4.856, 0.0005);
  // And with errors that say something: 1,000 showers know the layer mean to some 0.03.
  EXPECT_LT(table[2].number.error, 0.01);
  EXPECT_LT(table[4].number.error, 0.05);
  EXPECT_LT(table[5].number.error, 0.02);
}

TEST(GoldSample, ResponseFallsAndCoreResolutionRisesWithEnergyAsPublished) {
  constexpr double kResponse[] = {0.0283, 0.0279, 0.0276, 0.0273};
  constexpr double kResolution[] = {0.0285, 0.0295, 0.0316, 0.0347};
  const auto& bins = sample().resolution_bins;
  ASSERT_EQ(bins.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    expect_published(bins[i].mean, kResponse[i], 0.00005);
    expect_published(bins[i].core_resolution, kResolution[i], 0.00005);
    EXPECT_GT(bins[i].std.value, bins[i].core_resolution.value);
  }
}

TEST(GoldSample, TailCellsAndHitsAreAsPublished) {
  expect_published(sample().response.tail_share, 0.015, 0.005);
  const auto& observables = sample().observables;
  EXPECT_NEAR(observables[static_cast<std::size_t>(Feature::kCells)].mean.value, 1800, 25);
  EXPECT_NEAR(observables[static_cast<std::size_t>(Feature::kHits)].mean.value, 1630, 25);
  EXPECT_NEAR(observables[static_cast<std::size_t>(Feature::kZCentre)].spread.value, 1.0, 0.15);
}

TEST(GoldSample, HalvesCannotBeToldApartButAFewPerCentOfALayerCan) {
  data::ShowerReader reader({OCTOCAL_SOURCE_DIR "/data/electrons_000.h5"});
  data::ShowerBatch batch;
  reader.read(0, 400, batch);
  const std::size_t cells = batch.geometry.cells();
  data::ShowerBatch halves[2];
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& half = halves[i % 2];
    half.energy_gev.push_back(batch.energy_gev[i]);
    const auto shower = batch.shower(i);
    half.cells_gev.insert(half.cells_gev.end(), shower.begin(), shower.end());
  }
  const auto features = [](const data::ShowerBatch& showers) {
    ProfileFeatures result(showers.geometry, 1000);
    result.add(showers);
    return result.table();
  };
  const auto same = classify_profiles(features(halves[1]), features(halves[0]), 1).auc;
  EXPECT_NEAR(same.value, 0.5, 3.5 * same.error);
  // All cells of every second layer 10 % low: no single layer shows it, its neighbours do.
  for (std::size_t k = 0; k < halves[1].size() * cells; ++k) {
    if (k % batch.geometry.nz % 2 == 0) halves[1].cells_gev[k] *= 0.9F;
  }
  const auto altered = classify_profiles(features(halves[1]), features(halves[0]), 1).auc;
  EXPECT_GT(altered.value, same.value + 5 * altered.error);
}

}  // namespace
}  // namespace octocal::physics
