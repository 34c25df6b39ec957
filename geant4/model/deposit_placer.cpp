// SPDX-License-Identifier: Apache-2.0
#include "octocal/geant4/deposit_placer.hpp"

#include <G4FastHit.hh>
#include <G4FastTrack.hh>
#include <G4LogicalVolume.hh>
#include <G4Navigator.hh>
#include <G4Step.hh>
#include <G4StepPoint.hh>
#include <G4TouchableHistory.hh>
#include <G4Track.hh>
#include <G4TransportationManager.hh>
#include <G4VFastSimSensitiveDetector.hh>
#include <G4VPhysicalVolume.hh>
#include <G4VSensitiveDetector.hh>

namespace octocal::geant4 {

DepositPlacer::DepositPlacer() : navigator_(std::make_unique<G4Navigator>()), step_(std::make_unique<G4Step>()) {}
DepositPlacer::~DepositPlacer() = default;

bool DepositPlacer::place(const G4ThreeVector& local_point, G4double energy, const G4FastTrack& track) {
  if (!(energy > 0)) return false;
  const G4ThreeVector world_point = track.GetInverseAffineTransformation()->TransformPoint(local_point);
  auto* world = G4TransportationManager::GetTransportationManager()->GetNavigatorForTracking()->GetWorldVolume();
  const bool first = navigator_->GetWorldVolume() != world;  // of this geometry: a job may build another between runs
  if (first) navigator_->SetWorldVolume(world);
  if (!touchable_) touchable_ = new G4TouchableHistory;
  navigator_->LocateGlobalPointAndUpdateTouchable(world_point, touchable_(), !first);

  auto* volume = touchable_->GetVolume();
  auto* detector = volume == nullptr ? nullptr : volume->GetLogicalVolume()->GetSensitiveDetector();
  if (detector == nullptr) return false;
  if (auto* fast = dynamic_cast<G4VFastSimSensitiveDetector*>(detector)) {
    const G4FastHit hit(local_point, energy);
    fast->Hit(&hit, &track, &touchable_);
    return true;
  }
  const G4Track& primary = *track.GetPrimaryTrack();
  step_->SetTotalEnergyDeposit(energy);
  step_->SetTrack(const_cast<G4Track*>(&primary));  // Geant4's steps hold tracks that may be changed
  for (auto* point : {step_->GetPreStepPoint(), step_->GetPostStepPoint()}) {
    point->SetWeight(primary.GetWeight());
    point->SetPosition(world_point);
    point->SetMomentumDirection(primary.GetMomentumDirection());
    point->SetGlobalTime(primary.GetGlobalTime());
    point->SetLocalTime(primary.GetLocalTime());
    point->SetProperTime(primary.GetProperTime());
    point->SetTouchableHandle(touchable_);
    point->SetMaterial(volume->GetLogicalVolume()->GetMaterial());
    point->SetMaterialCutsCouple(volume->GetLogicalVolume()->GetMaterialCutsCouple());
    point->SetSensitiveDetector(detector);
    point->SetStepStatus(fUserDefinedLimit);
  }
  detector->Hit(step_.get());
  return true;
}

}  // namespace octocal::geant4
