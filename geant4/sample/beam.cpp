// SPDX-License-Identifier: Apache-2.0
#include "sample/beam.hpp"

#include <G4Event.hh>
#include <G4ParticleTable.hh>
#include <G4Run.hh>
#include <G4RunManager.hh>
#include <G4SystemOfUnits.hh>
#include <Randomize.hh>
#include <cmath>

#include "octocal/base/random.hpp"

namespace octocal::geant4 {
namespace {

constexpr double kWayToFrontMm = 10;

}  // namespace

Beam::Beam(const SampleSettings& settings, const CollectorSlot& collector)
    : settings_(settings), collector_(collector) {
  gun_.SetParticleDefinition(G4ParticleTable::GetParticleTable()->FindParticle(settings.particle));
  const double polar = settings.polar_deg * deg, azimuth = settings.azimuth_deg * deg;
  const G4ThreeVector direction(std::sin(polar) * std::cos(azimuth), std::sin(polar) * std::sin(azimuth),
                                std::cos(polar));
  gun_.SetParticleMomentumDirection(direction);
  gun_.SetParticlePosition(-kWayToFrontMm * mm * direction);
}

void Beam::GeneratePrimaries(G4Event* event) {
  // The number in the sample, not in this file, and one run for all files: generated showers are drawn from them, too.
  G4RunManager::GetRunManager()->GetNonConstCurrentRun()->SetRunID(0);
  const auto number = collector_.load()->first_event() + static_cast<std::uint64_t>(event->GetEventID());
  event->SetEventID(static_cast<G4int>(number));
  const auto words = philox(settings_.seed, Draw::kEnergy, number, 1);
  for (std::size_t i = 0; i < seeds_.size(); ++i) seeds_[i] = static_cast<long>(words[i]);
  G4Random::setTheSeeds(seeds_.data(), static_cast<int>(seeds_.size()));
  G4RandGauss::setFlag(false);  // or the first normal number would be the last event's second
  const double range = settings_.energy_max_gev - settings_.energy_min_gev;
  const double energy = settings_.energy_min_gev + range * uniform01(settings_.seed, Draw::kEnergy, number, 0);
  gun_.SetParticleEnergy(static_cast<float>(energy) * GeV);  // what the file can hold
  gun_.GeneratePrimaryVertex(event);
}

}  // namespace octocal::geant4
