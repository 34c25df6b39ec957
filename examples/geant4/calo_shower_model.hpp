// SPDX-License-Identifier: Apache-2.0
// A Geant4 fast-simulation model whose showers octocal makes: copy it into your application and link octocal::geant4.
#pragma once
#include <G4Electron.hh>
#include <G4Event.hh>
#include <G4EventManager.hh>
#include <G4FastHit.hh>
#include <G4FastSimHitMaker.hh>
#include <G4FastStep.hh>
#include <G4FastTrack.hh>
#include <G4Run.hh>
#include <G4RunManager.hh>
#include <G4SystemOfUnits.hh>
#include <G4Track.hh>
#include <G4VFastSimulationModel.hh>
#include <cstdint>
#include <limits>
#include <string>

#include "octocal/geant4/shower_source.hpp"

/// Make one in ConstructSDandField(), which runs in every worker thread, for each envelope.
class CaloShowerModel : public G4VFastSimulationModel {
 public:
  /// The seed is that of the job, the same in all threads; `detector` is another for each envelope, 0 to 511.
  CaloShowerModel(const G4String& name, G4Envelope* envelope, const std::string& model_file, std::uint64_t seed,
                  int detector)
      : G4VFastSimulationModel(name, envelope), source_(model_file, seed), detector_(detector) {}

  G4bool IsApplicable(const G4ParticleDefinition& particle) override { return &particle == G4Electron::Definition(); }

  G4bool ModelTrigger(const G4FastTrack& track) override {
    return source_.covers(track.GetPrimaryTrack()->GetKineticEnergy() / GeV);
  }

  void DoIt(const G4FastTrack& track, G4FastStep& step) override {
    const G4Track& primary = *track.GetPrimaryTrack();
    const octocal::geant4::ShowerId id{G4RunManager::GetRunManager()->GetCurrentRun()->GetRunID(),
                                       G4EventManager::GetEventManager()->GetConstCurrentEvent()->GetEventID(),
                                       primary.GetTrackID(), detector_};
    // G4FastSimHitMaker takes positions in the envelope's coordinates, so the shower is placed in them.
    const G4ThreeVector entry = track.GetPrimaryTrackLocalPosition();
    const G4ThreeVector along = track.GetPrimaryTrackLocalDirection();
    // Its first call takes the volume at the track, not at the hit: spend it on a deposit of no account.
    if (first_) hits_.make(G4FastHit(entry, std::numeric_limits<double>::min()), track);
    first_ = false;
    for (const auto& deposit : source_.shower(id, primary.GetKineticEnergy() / GeV, {entry.x(), entry.y(), entry.z()},
                                              {along.x(), along.y(), along.z()})) {
      const auto& at = deposit.position_mm;
      hits_.make(G4FastHit(G4ThreeVector(at[0], at[1], at[2]) * mm, deposit.energy_mev * MeV), track);
    }
    step.KillPrimaryTrack();
  }

 private:
  octocal::geant4::ShowerSource source_;
  int detector_;
  G4FastSimHitMaker hits_;
  bool first_ = true;
};
