// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <G4VSensitiveDetector.hh>
#include <G4VUserDetectorConstruction.hh>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "octocal/geant4/fast_shower_model.hpp"
#include "sample/settings.hpp"
#include "sample/shower_collector.hpp"

namespace octocal::geant4 {

/// Where the sensitive detectors put their showers: another collector for each output file.
using CollectorSlot = std::atomic<ShowerCollector*>;

/// Energy of one event in cells: one a thread. A charged particle's energy is placed at a random point of its step.
class CellDetector : public G4VSensitiveDetector {
 public:
  CellDetector(const Calorimeter& calorimeter, const CollectorSlot& collector);
  void Initialize(G4HCofThisEvent* hits) override;
  G4bool ProcessHits(G4Step* step, G4TouchableHistory* history) override;
  /// Hands the event to the collector.
  void EndOfEvent(G4HCofThisEvent* hits) override;

 private:
  Calorimeter calorimeter_;
  const CollectorSlot& collector_;
  std::vector<double> cells_mev_;
};

/// The calorimeter in vacuum: its front face is at z = 0 and the beam's line meets it at the origin.
class SampleDetector : public G4VUserDetectorConstruction {
 public:
  /// `collector` must outlive it. Errors: bad_input for a generator that cannot be used, or has other cells.
  SampleDetector(const SampleSettings& settings, const CollectorSlot& collector);
  /// Error: bad_input for a material that Geant4 does not know.
  G4VPhysicalVolume* Construct() override;
  void ConstructSDandField() override;

  std::uint64_t fast_showers() const;  ///< that generators have made so far, of all threads
  double lost_energy() const;          ///< FastShowerModel::lost_energy() of all threads

 private:
  SampleSettings settings_;
  const CollectorSlot& collector_;
  std::unique_ptr<ShowerSource> showers_;
  G4LogicalVolume* sensitive_ = nullptr;
  G4Region* envelope_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<const FastShowerModel*> models_;  ///< Geant4 keeps them to the end of the process
};

}  // namespace octocal::geant4
