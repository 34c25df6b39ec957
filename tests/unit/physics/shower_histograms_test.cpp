// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/shower_histograms.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "octocal/physics/cell_results.hpp"
#include "unit/physics/shower_making.hpp"

namespace octocal::physics {
namespace {

using testing::kSmall;
using testing::random_showers;
using testing::showers_of;
using testing::sums_of;

TEST(SeparationPower, OfHistogramsCountedByHand) {
  const auto of = [](std::vector<double> a, std::vector<double> b) { return separation_power(a, b); };
  EXPECT_DOUBLE_EQ(of({3, 1}, {6, 2}), 0);  // shares, not counts
  EXPECT_DOUBLE_EQ(of({5, 0}, {0, 2}), 1);
  // p = (1/2, 1/2), q = (1/4, 3/4): 1/2 ((1/16)/(3/4) + (1/16)/(5/4)) = 1/2 (1/12 + 1/20) = 1/15
  EXPECT_DOUBLE_EQ(of({1, 1}, {1, 3}), 1.0 / 15);
  EXPECT_DOUBLE_EQ(of({1, 1, 0}, {1, 3, 0}), 1.0 / 15);
  EXPECT_TRUE(std::isnan(of({0, 0}, {1, 1})));
}

TEST(ShowerHistograms, HoldWhatLayersAre) {
  // Layer 1: 3 GeV at (1, 0) and 1 GeV at (3, 2): centre of x 1.5, of y 0.5; widths sqrt(3/4 1/4 4) both; 2 of 20 cells.
  const auto batch = showers_of({{{1, 0, 1, 3.0F}, {3, 2, 1, 1.0F}}});
  LayerRanges ranges(1 + kLayerKinds * 3, HistogramRange{-5, 5});  // bins of 0.2
  ShowerHistograms histograms(kSmall, ranges);
  histograms.add(batch.energy_gev[0], batch.shower(0), 0);
  const auto row = histograms.counts().mean();
  constexpr std::size_t kRow = kLayerBins + 3;
  const auto bin_of = [&](std::size_t histogram) {
    for (std::size_t i = 0; i < kRow; ++i)
      if (row[histogram * kRow + i] > 0) return i;
    return kRow;
  };
  const auto bin = [](double value) { return static_cast<std::size_t>((value + 5) / 0.2); };
  EXPECT_EQ(bin_of(0), bin(0.04));
  EXPECT_EQ(bin_of(1 + 1), bin(std::log10(0.04)));  // energy of layer 1
  EXPECT_EQ(bin_of(1 + 3 + 1), bin(1.5));
  EXPECT_EQ(bin_of(1 + 6 + 1), bin(0.5));
  EXPECT_EQ(bin_of(1 + 9 + 1), bin(std::sqrt(0.75)));
  EXPECT_EQ(bin_of(1 + 12 + 1), bin(std::sqrt(0.75)));
  EXPECT_EQ(bin_of(1 + 15 + 1), bin(0.1));
  EXPECT_EQ(bin_of(1 + 0), kLayerBins + 2);  // no energy in layer 0: a bin of its own
  EXPECT_EQ(bin_of(1 + 15 + 0), bin(0.01));  // none of its cells
  EXPECT_DOUBLE_EQ(std::accumulate(row.begin(), row.end(), 0.0), 1 + kLayerKinds * 3);
}

TEST(ShowerHistograms, RangesHoldTheirShowers) {
  const auto batch = random_showers(50, 1);
  ShowerHistograms histograms(kSmall, layer_ranges(batch));
  for (std::size_t i = 0; i < batch.size(); ++i) histograms.add(batch.energy_gev[i], batch.shower(i), 0);
  const auto row = histograms.counts().mean();
  for (std::size_t histogram = 0; histogram < 1 + kLayerKinds * 3; ++histogram)
    for (std::size_t i = kLayerBins; i < kLayerBins + 3; ++i) EXPECT_EQ(row[histogram * (kLayerBins + 3) + i], 0);
}

TEST(SeparationFrom, SeesWhatDiffersAndNothingElse) {
  const auto reference = random_showers(640, 1);
  auto sample = random_showers(640, 2);
  // Layer 2 gets half of its energy.
  for (std::size_t i = 2; i < sample.cells_gev.size(); i += 3) sample.cells_gev[i] *= 0.5F;
  const auto frame = testing::frame_of(reference);
  const auto all = separation_from(sums_of(sample, frame), sums_of(reference, frame));
  ASSERT_EQ(all.size(), 8U);
  EXPECT_EQ(all[1].name, "layer_energy");
  EXPECT_EQ(all[1].worst, 2U);
  EXPECT_GT(all[1].worst_layer->value, 0.9);
  EXPECT_NEAR(all[1].number.value, all[1].worst_layer->value / 3, all[1].number.floor);
  // Centres do not move: as for a sample of the same kind, half of the floor (which is of halves).
  EXPECT_NEAR(all[2].number.value, all[2].number.floor / 2, all[2].number.floor / 4);
  EXPECT_EQ(all[7].name, "cell_spectrum");
  EXPECT_GT(all[7].number.value, 10 * all[7].number.floor);
  EXPECT_GT(all[7].number.error, 0);
}

}  // namespace
}  // namespace octocal::physics
