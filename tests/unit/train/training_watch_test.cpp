// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/training_watch.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace octocal::train {
namespace {

PhysicsSummary healthy() {
  PhysicsSummary summary;
  summary.z_centre_spread = 1;
  summary.z_width_spread = 0.2;
  summary.y_width_spread = 0.05;
  summary.hits_spread = 10;
  summary.response = {0.028, 0.028, 0.028, 0.028};
  return summary;
}

PhysicsSummary with_spreads(double share) {
  auto summary = healthy();
  for (double* spread :
       {&summary.z_centre_spread, &summary.z_width_spread, &summary.y_width_spread, &summary.hits_spread})
    *spread *= share;
  return summary;
}

TEST(TrainingWatch, LetsSlowStartsAndSinglesPass) {
  TrainingWatch watch;
  for (const double share : {0.02, 0.01, 0.02, 0.03, 0.05, 0.5, 0.1, 0.1, 0.6, 0.1, 0.9})
    EXPECT_EQ(watch.after_epoch(with_spreads(share), healthy()), "") << share;
  for (int i = 0; i < 50; ++i) EXPECT_EQ(watch.after_step({{"a", i % 10 == 9 ? 1.0 : NAN}}), "");
}

TEST(TrainingWatch, SaysModeCollapseAfterThreeEpochs) {
  TrainingWatch watch;
  EXPECT_EQ(watch.after_epoch(with_spreads(0.8), healthy()), "");
  EXPECT_EQ(watch.after_epoch(with_spreads(0.1), healthy()), "");
  EXPECT_EQ(watch.after_epoch(with_spreads(0.1), healthy()), "");
  TrainingWatch resumed;
  resumed.state = watch.state;
  const auto what = resumed.after_epoch(with_spreads(0.1), healthy());
  EXPECT_NE(what.find("mode collapse"), std::string::npos) << what;
  EXPECT_NE(what.find("0.1 of Geant4's, it was 0.8"), std::string::npos) << what;
}

TEST(TrainingWatch, SaysThatShowersAreEmpty) {
  TrainingWatch watch;
  auto empty = with_spreads(0);
  empty.response = {0, 0, 0, 0};
  EXPECT_EQ(watch.after_epoch(empty, healthy()), "");
  EXPECT_EQ(watch.after_epoch(empty, healthy()), "");
  EXPECT_NE(watch.after_epoch(empty, healthy()).find("hardly any energy"), std::string::npos);
}

TEST(TrainingWatch, SaysWhatIsNoNumber) {
  TrainingWatch watch;
  for (int i = 0; i < 9; ++i) EXPECT_EQ(watch.after_step({{"a", 1.0}, {"pairs", NAN}}), "");
  EXPECT_NE(watch.after_step({{"a", 1.0}, {"pairs", INFINITY}}).find("'pairs'"), std::string::npos);
  auto summary = healthy();
  summary.hits = NAN;
  EXPECT_NE(watch.after_epoch(summary, healthy()).find("hits"), std::string::npos);
}

}  // namespace
}  // namespace octocal::train
