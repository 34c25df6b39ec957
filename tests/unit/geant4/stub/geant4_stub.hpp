// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

// What examples/geant4 uses of Geant4 11, with the same names and signatures and no physics: Debian has no Geant4, so
// the tests compile the example against this.

using G4String = std::string;
using G4double = double;
using G4bool = bool;
using G4int = int;

namespace CLHEP {
constexpr double mm = 1, MeV = 1, GeV = 1000;  // NOLINT: Geant4's names
}
using CLHEP::GeV;
using CLHEP::MeV;
using CLHEP::mm;

class G4ThreeVector {
 public:
  G4ThreeVector() = default;
  G4ThreeVector(double x, double y, double z) : x_(x), y_(y), z_(z) {}
  double x() const { return x_; }
  double y() const { return y_; }
  double z() const { return z_; }

 private:
  double x_ = 0, y_ = 0, z_ = 0;
};
inline G4ThreeVector operator*(const G4ThreeVector& v, double a) { return {v.x() * a, v.y() * a, v.z() * a}; }

class G4ParticleDefinition {};
class G4Electron : public G4ParticleDefinition {
 public:
  static G4Electron* Definition() {
    static G4Electron electron;
    return &electron;
  }
};

class G4Region {};
using G4Envelope = G4Region;

class G4Track {
 public:
  G4Track(G4int id, G4double kinetic_energy) : id_(id), kinetic_energy_(kinetic_energy) {}
  G4int GetTrackID() const { return id_; }
  G4double GetKineticEnergy() const { return kinetic_energy_; }

 private:
  G4int id_;
  G4double kinetic_energy_;
};

class G4FastTrack {
 public:
  G4FastTrack(const G4Track& track, G4ThreeVector position, G4ThreeVector direction)
      : track_(track), position_(position), direction_(direction) {}
  const G4Track* GetPrimaryTrack() const { return &track_; }
  G4ThreeVector GetPrimaryTrackLocalPosition() const { return position_; }
  G4ThreeVector GetPrimaryTrackLocalDirection() const { return direction_; }

 private:
  G4Track track_;
  G4ThreeVector position_, direction_;
};

class G4FastStep {
 public:
  void KillPrimaryTrack() { killed = true; }
  bool killed = false;
};

class G4VFastSimulationModel {
 public:
  G4VFastSimulationModel(const G4String& name, G4Envelope* envelope, G4bool /*is_unique*/ = false)
      : name_(name), envelope_(envelope) {}
  virtual ~G4VFastSimulationModel() = default;
  virtual G4bool IsApplicable(const G4ParticleDefinition&) = 0;
  virtual G4bool ModelTrigger(const G4FastTrack&) = 0;
  virtual void DoIt(const G4FastTrack&, G4FastStep&) = 0;
  const G4String& GetName() const { return name_; }

 private:
  G4String name_;
  G4Envelope* envelope_;
};

class G4FastHit {
 public:
  G4FastHit(const G4ThreeVector& position, G4double energy) : energy_(energy), position_(position) {}
  G4double GetEnergy() const { return energy_; }
  G4ThreeVector GetPosition() const { return position_; }

 private:
  G4double energy_;
  G4ThreeVector position_;
};

/// Keeps what it is given, of all makers.
class G4FastSimHitMaker {
 public:
  void make(const G4FastHit& hit, const G4FastTrack&) { made().push_back(hit); }
  static std::vector<G4FastHit>& made() {
    static std::vector<G4FastHit> hits;
    return hits;
  }
};

class G4Run {
 public:
  G4int GetRunID() const { return 3; }
};
class G4RunManager {
 public:
  static G4RunManager* GetRunManager() {
    static G4RunManager manager;
    return &manager;
  }
  const G4Run* GetCurrentRun() const { return &run_; }

 private:
  G4Run run_;
};

class G4Event {
 public:
  G4int GetEventID() const { return 70000; }
};
class G4EventManager {
 public:
  static G4EventManager* GetEventManager() {
    static G4EventManager manager;
    return &manager;
  }
  const G4Event* GetConstCurrentEvent() { return &event_; }

 private:
  G4Event event_;
};
