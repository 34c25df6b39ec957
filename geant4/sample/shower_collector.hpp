// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <mutex>
#include <span>

#include "octocal/base/progress.hpp"
#include "octocal/data/shower_batch.hpp"

namespace octocal::geant4 {

/// The showers of one output file while Geant4's threads make them. Thread-safe.
class ShowerCollector {
 public:
  /// `progress` is told of each shower, `before` of them made already.
  ShowerCollector(const data::Geometry& geometry, std::uint64_t first_event, std::uint64_t events, Progress& progress,
                  std::uint64_t before);

  std::uint64_t first_event() const noexcept { return first_event_; }
  /// Event `event` of the sample, one of this file: energy of its primary in GeV, cells in MeV, (nx, ny, nz), C order.
  void add(std::uint64_t event, double energy_gev, std::span<const double> cells_mev);

  std::uint64_t done() const;
  const data::ShowerBatch& showers() const noexcept { return showers_; }  ///< once all are done

 private:
  std::uint64_t first_event_;
  data::ShowerBatch showers_;
  mutable std::mutex mutex_;  ///< guards what follows; events have places of their own in showers_
  Progress& progress_;
  std::uint64_t before_, done_ = 0;
};

}  // namespace octocal::geant4
