// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/cell_classifier.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "octocal/base/error.hpp"
#include "unit/train/synthetic_showers.hpp"

namespace octocal::train {
namespace {

CellClassifierSettings quick() {
  CellClassifierSettings settings;
  settings.folds = 2;
  settings.most_epochs = 4;
  settings.batch = 16;
  settings.threads = 1;
  return settings;
}

/// Mean over folds of the share of pairs in which the first sample's shower has the higher score, counted one by one.
double area(const CellScores& scores) {
  double mean = 0;
  for (const auto& fold : scores.folds) {
    double above = 0;
    for (const double a : fold.first)
      for (const double b : fold.second) above += a > b ? 1 : a == b ? 0.5 : 0;
    mean += above / static_cast<double>(fold.first.size() * fold.second.size() * scores.folds.size());
  }
  return mean;
}

ShowersToTell view(const data::ShowerBatch& batch) { return {batch.cells_gev, batch.energy_gev}; }

TEST(TellByCells, SeesHowEnergyIsSharedAmongNeighbours) {
  const auto first = make_synthetic_showers(60, 1);
  auto second = make_synthetic_showers(60, 2);
  // Five neighbours along y share their energy: the profiles along x and z stay.
  constexpr std::size_t kTogether = 5, kLayers = 25;
  for (std::size_t i = 0; i < second.cells_gev.size(); i += kTogether * kLayers)
    for (std::size_t z = 0; z < kLayers; ++z) {
      float sum = 0;
      for (std::size_t y = 0; y < kTogether; ++y) sum += second.cells_gev[i + y * kLayers + z];
      for (std::size_t y = 0; y < kTogether; ++y) second.cells_gev[i + y * kLayers + z] = sum / kTogether;
    }
  const auto scores = tell_by_cells(view(first), view(second), quick());
  EXPECT_GT(area(scores), 0.8);
  for (const auto& fold : scores.folds) {
    EXPECT_TRUE(fold.converged);
    EXPECT_LT(fold.training_loss, kLossThatFell);
  }
}

TEST(TellByCells, SaysThatItHasLearntNothing) {
  const auto showers = make_synthetic_showers(24, 1);
  auto settings = quick();
  settings.rate = 1e-7;  // at this rate weights stay what they are
  settings.most_epochs = 1;
  const auto scores = tell_by_cells(view(showers), view(showers), settings);
  for (const auto& fold : scores.folds) {
    EXPECT_FALSE(fold.converged);
    EXPECT_NEAR(fold.training_loss, 0.693, 0.03);
  }
}

TEST(TellByCells, CannotTellTwoHalvesOfOneSample) {
  const auto first = make_synthetic_showers(60, 1), second = make_synthetic_showers(60, 2);
  const auto scores = tell_by_cells(view(first), view(second), quick());
  EXPECT_NEAR(area(scores), 0.5, 0.2);  // one standard deviation: 0.053
  std::size_t judged = 0;
  for (const auto& fold : scores.folds) judged += fold.first.size();
  EXPECT_EQ(judged, 60u);  // each once
}

TEST(TellByCells, IsAFunctionOfItsSeed) {
  const auto first = make_synthetic_showers(12, 1), second = make_synthetic_showers(12, 2);
  auto settings = quick();
  settings.most_epochs = 1;
  const auto once = tell_by_cells(view(first), view(second), settings);
  const auto again = tell_by_cells(view(first), view(second), settings);
  settings.seed = 2;
  const auto other = tell_by_cells(view(first), view(second), settings);
  EXPECT_EQ(once.folds[0].first, again.folds[0].first);
  EXPECT_NE(once.folds[0].first, other.folds[0].first);
}

TEST(TellByCells, LeavesLibtorchsNumberOfThreadsAsItWas) {
  const auto before = at::get_num_threads();
  at::set_num_threads(3);
  const auto showers = make_synthetic_showers(12, 1);
  auto settings = quick();
  settings.most_epochs = 1;
  settings.threads = 2;
  tell_by_cells(view(showers), view(showers), settings);
  EXPECT_EQ(at::get_num_threads(), 3);
  settings.nz = 24;  // also when it throws
  EXPECT_THROW(tell_by_cells(view(showers), view(showers), settings), Error);
  EXPECT_EQ(at::get_num_threads(), 3);
  at::set_num_threads(before);
}

TEST(TellByCells, RefusesCellsThatDoNotFitTheGeometry) {
  const auto showers = make_synthetic_showers(8, 1);
  auto settings = quick();
  settings.nz = 24;
  EXPECT_THROW(tell_by_cells(view(showers), view(showers), settings), Error);
  const auto few = make_synthetic_showers(3, 1);
  EXPECT_THROW(tell_by_cells(view(few), view(showers), quick()), Error);
}

}  // namespace
}  // namespace octocal::train
