// SPDX-License-Identifier: Apache-2.0
// Needs Geant4 11: link octocal::geant4_model.
#pragma once
#include <G4ThreeVector.hh>
#include <G4TouchableHandle.hh>
#include <G4Types.hh>
#include <memory>

class G4FastTrack;
class G4Navigator;
class G4Step;

namespace octocal::geant4 {

/// Hands energy at a point to the sensitive detector of the volume there, as if a particle had left it: what
/// G4FastSimHitMaker does, but its first deposit lands in the volume at the deposit and not at the track, steps tell
/// positions in the world's coordinates as those of real particles do, and volumes outside of an envelope get theirs,
/// too.
///
/// A G4VFastSimSensitiveDetector gets a G4FastHit, whose position is in the envelope's coordinates (Geant4's
/// convention); any other sensitive detector a G4Step of no length at the point, with the energy, the
/// primary's track, times and weight, and the touchable of the volume. Step, track and touchable are gone after the
/// call's return: a detector that keeps one must copy it. One a thread, not thread-safe.
class DepositPlacer {
 public:
  DepositPlacer();
  ~DepositPlacer();
  DepositPlacer(const DepositPlacer&) = delete;
  DepositPlacer& operator=(const DepositPlacer&) = delete;

  /// Energy in MeV at a point of the envelope's coordinates, made by the primary of `track`. False if there is no
  /// sensitive detector there, or no energy.
  bool place(const G4ThreeVector& local_point, G4double energy, const G4FastTrack& track);

 private:
  std::unique_ptr<G4Navigator> navigator_;
  std::unique_ptr<G4Step> step_;
  G4TouchableHandle touchable_;
};

}  // namespace octocal::geant4
