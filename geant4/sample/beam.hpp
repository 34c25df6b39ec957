// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <G4ParticleGun.hh>
#include <G4VUserActionInitialization.hh>
#include <G4VUserPrimaryGeneratorAction.hh>
#include <array>

#include "sample/detector.hpp"

namespace octocal::geant4 {

/// One particle an event, towards the middle of the front face. Energy and Geant4's random numbers hang on the seed and
/// the number of the event alone: neither on the thread nor on events before.
class Beam : public G4VUserPrimaryGeneratorAction {
 public:
  /// Precondition: Geant4 knows the particle.
  Beam(const SampleSettings& settings, const CollectorSlot& collector);
  void GeneratePrimaries(G4Event* event) override;

 private:
  SampleSettings settings_;
  const CollectorSlot& collector_;
  G4ParticleGun gun_;
  std::array<long, 4> seeds_{};  ///< of the event; the random engine keeps a pointer to them
};

/// A beam for each thread.
class BeamInitialization : public G4VUserActionInitialization {
 public:
  BeamInitialization(const SampleSettings& settings, const CollectorSlot& collector)
      : settings_(settings), collector_(collector) {}
  void Build() const override { SetUserAction(new Beam(settings_, collector_)); }

 private:
  SampleSettings settings_;
  const CollectorSlot& collector_;
};

}  // namespace octocal::geant4
