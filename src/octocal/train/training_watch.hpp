// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "octocal/train/physics_metrics.hpp"

namespace octocal::train {

/// What the watch remembers from epoch to epoch; part of a checkpoint.
struct WatchState {
  double best_diversity = 0;
  std::int64_t alike_epochs = 0;  ///< in a row
  std::int64_t empty_epochs = 0;  ///< in a row
};

/// Says when a training has broken down. Each function returns "" or what happened, in words that can follow
/// "training: ".
///
/// NaN: the losses of kBadSteps steps in a row are not finite, or the generator's weights or showers are not.
/// Empty: the mean response is below kEmptyResponse of Geant4's for kBadEpochs epochs in a row.
/// Mode collapse: showers had differed from one another (diversity of at least kOnceDiverse), and for kBadEpochs epochs
/// in a row the diversity is below kCollapsed of its best.
class TrainingWatch {
 public:
  static constexpr int kBadSteps = 10;
  static constexpr std::int64_t kBadEpochs = 3;
  static constexpr double kEmptyResponse = 0.05;
  static constexpr double kOnceDiverse = 0.1;
  static constexpr double kCollapsed = 0.25;

  std::string after_step(const std::map<std::string, double>& losses);
  std::string after_epoch(const PhysicsSummary& generated, const PhysicsSummary& geant4);

  WatchState state;

 private:
  int bad_steps_ = 0;
};

}  // namespace octocal::train
