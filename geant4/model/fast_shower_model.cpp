// SPDX-License-Identifier: Apache-2.0
#include "octocal/geant4/fast_shower_model.hpp"

#include <G4Electron.hh>
#include <G4Event.hh>
#include <G4EventManager.hh>
#include <G4FastStep.hh>
#include <G4FastTrack.hh>
#include <G4Gamma.hh>
#include <G4Positron.hh>
#include <G4Run.hh>
#include <G4RunManager.hh>
#include <G4SystemOfUnits.hh>
#include <G4Track.hh>
#include <G4VSolid.hh>
#include <algorithm>
#include <cmath>
#include <string>

#include "octocal/base/error.hpp"

namespace octocal::geant4 {
namespace {

Vector vector_of(const G4ThreeVector& v) { return {v.x() / mm, v.y() / mm, v.z() / mm}; }
G4ThreeVector vector_of(const Vector& v) { return G4ThreeVector(v[0], v[1], v[2]) * mm; }

CellPlacement along_axis(CellPlacement placement, const G4ThreeVector& axis) {
  placement.layer_normal = vector_of(axis);
  return placement;
}

FastShowerOptions checked(FastShowerOptions options) {
  if (!(options.axis.mag2() > 0) || !std::isfinite(options.axis.mag2()))
    throw bad_input("axis of a fast shower model: has no length; give the normal of the layers");
  if (!(options.largest_angle >= 0 && options.largest_angle <= 1.5))
    throw bad_input("largest_angle of a fast shower model: " + std::to_string(options.largest_angle) +
                    " is outside 0 to 1.5 radians; give a smaller angle");
  shower_number({0, 0, 0, options.detector});  // refuses a detector that cannot be
  options.axis = options.axis.unit();
  return options;
}

}  // namespace

FastShowerModel::FastShowerModel(const G4String& name, G4Envelope* envelope, const ShowerSource& source,
                                 const FastShowerOptions& options)
    : G4VFastSimulationModel(name, envelope),
      options_(checked(options)),
      source_(source, along_axis(source.placement(), options_.axis)),
      smallest_cosine_(std::cos(options_.largest_angle)) {}

G4bool FastShowerModel::IsApplicable(const G4ParticleDefinition& particle) {
  return (options_.electrons && &particle == G4Electron::Definition()) ||
         (options_.positrons && &particle == G4Positron::Definition()) ||
         (options_.photons && &particle == G4Gamma::Definition());
}

FastShowerModel::Entry FastShowerModel::entry_of(const G4FastTrack& track) const {
  const auto point = track.GetPrimaryTrackLocalPosition();
  const auto direction = track.GetPrimaryTrackLocalDirection();
  const G4double depth = track.GetEnvelopeSolid()->DistanceToOut(point, -options_.axis);
  return {point - direction * (depth / direction.dot(options_.axis)), direction, depth};
}

bool FastShowerModel::contains_window(const G4FastTrack& track, const Entry& entry) const {
  const auto& placement = source_.placement();
  const auto& [nx, ny, nz] = source_.cells();
  const auto frame = shower_frame(vector_of(entry.direction), placement.layer_normal);
  const auto x = vector_of(frame.x), y = vector_of(frame.y), along = vector_of(frame.along);
  // The middles of the outermost cells: those are the points at which energy is placed.
  const double half_x = 0.5 * static_cast<double>(nx - 1) * placement.pitch_x_mm;
  const double half_y = 0.5 * static_cast<double>(ny - 1) * placement.pitch_y_mm;
  const double last = placement.first_layer_mm + static_cast<double>(nz - 1) * placement.layer_pitch_mm;
  for (const double depth : {placement.first_layer_mm, last})
    for (const double dx : {-half_x, half_x})
      for (const double dy : {-half_y, half_y})
        if (track.GetEnvelopeSolid()->Inside(entry.point + x * dx + y * dy + along * depth) == kOutside) return false;
  return true;
}

G4bool FastShowerModel::ModelTrigger(const G4FastTrack& track) {
  const G4double energy = track.GetPrimaryTrack()->GetKineticEnergy();
  if (energy < options_.lowest_energy || energy > options_.highest_energy || !source_.covers(energy / GeV))
    return false;
  if (track.GetPrimaryTrackLocalDirection().dot(options_.axis) < smallest_cosine_) return false;
  const auto entry = entry_of(track);
  return entry.depth <= options_.largest_depth && (!options_.contained || contains_window(track, entry));
}

void FastShowerModel::DoIt(const G4FastTrack& track, G4FastStep& step) {
  const G4Track& primary = *track.GetPrimaryTrack();
  const ShowerId id{G4RunManager::GetRunManager()->GetCurrentRun()->GetRunID(),
                    G4EventManager::GetEventManager()->GetConstCurrentEvent()->GetEventID(), primary.GetTrackID(),
                    options_.detector};
  const auto entry = entry_of(track);
  for (const auto& deposit :
       source_.shower(id, primary.GetKineticEnergy() / GeV, vector_of(entry.point), vector_of(entry.direction)))
    if (!placer_.place(vector_of(deposit.position_mm), deposit.energy_mev * MeV, track))
      lost_energy_ += deposit.energy_mev * MeV;
  ++showers_;
  step.KillPrimaryTrack();
  step.ProposePrimaryTrackPathLength(0);
}

}  // namespace octocal::geant4
