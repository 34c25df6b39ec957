// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// What octocal::geant4_model uses of Geant4 11, with the same names and signatures and no physics, so that it is
// compiled and tested where there is no Geant4 (Debian has none). The world is one box of silicon slabs: StubWorld.

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
  double dot(const G4ThreeVector& o) const { return x_ * o.x_ + y_ * o.y_ + z_ * o.z_; }
  double mag2() const { return dot(*this); }
  G4ThreeVector unit() const { return {x_ / std::sqrt(mag2()), y_ / std::sqrt(mag2()), z_ / std::sqrt(mag2())}; }
  G4ThreeVector operator-() const { return {-x_, -y_, -z_}; }

 private:
  double x_ = 0, y_ = 0, z_ = 0;
};
inline G4ThreeVector operator*(const G4ThreeVector& v, double a) { return {v.x() * a, v.y() * a, v.z() * a}; }
inline G4ThreeVector operator+(const G4ThreeVector& a, const G4ThreeVector& b) {
  return {a.x() + b.x(), a.y() + b.y(), a.z() + b.z()};
}
inline G4ThreeVector operator-(const G4ThreeVector& a, const G4ThreeVector& b) { return a + -b; }

class G4ParticleDefinition {};
template <int kWhich>
class StubParticle : public G4ParticleDefinition {
 public:
  static StubParticle* Definition() {
    static StubParticle particle;
    return &particle;
  }
};
using G4Electron = StubParticle<0>;
using G4Positron = StubParticle<1>;
using G4Gamma = StubParticle<2>;

class G4Region {};
using G4Envelope = G4Region;
class G4Material {};
class G4MaterialCutsCouple {};

enum EInside { kOutside, kSurface, kInside };

/// The envelope: 300 mm x 300 mm x 102.5 mm around its own origin.
class G4VSolid {
 public:
  static constexpr double kHalfWidth = 150, kHalfDepth = 51.25;
  EInside Inside(const G4ThreeVector& p) const {
    return std::abs(p.x()) <= kHalfWidth && std::abs(p.y()) <= kHalfWidth && std::abs(p.z()) <= kHalfDepth ? kInside
                                                                                                           : kOutside;
  }
  /// Along v, which is along z here.
  G4double DistanceToOut(const G4ThreeVector& p, const G4ThreeVector& v) const {
    return v.z() > 0 ? kHalfDepth - p.z() : kHalfDepth + p.z();
  }
};

class G4Track {
 public:
  G4Track(G4int id, G4double kinetic_energy) : id_(id), kinetic_energy_(kinetic_energy) {}
  G4int GetTrackID() const { return id_; }
  G4double GetKineticEnergy() const { return kinetic_energy_; }
  G4double GetWeight() const { return 1; }
  G4double GetGlobalTime() const { return 5; }
  G4double GetLocalTime() const { return 4; }
  G4double GetProperTime() const { return 3; }
  const G4ThreeVector& GetMomentumDirection() const { return direction_; }

 private:
  G4int id_;
  G4double kinetic_energy_;
  G4ThreeVector direction_ = {0, 0, 1};
};

/// From the envelope's coordinates to the world's: its front face is at z = 1000, and it is 7 mm off along x.
class G4AffineTransform {
 public:
  G4ThreeVector TransformPoint(const G4ThreeVector& p) const {
    return p + G4ThreeVector(7, 0, 1000 + G4VSolid::kHalfDepth);
  }
};

class G4FastTrack {
 public:
  G4FastTrack(const G4Track& track, G4ThreeVector position, G4ThreeVector direction)
      : track_(track), position_(position), direction_(direction) {}
  const G4Track* GetPrimaryTrack() const { return &track_; }
  G4ThreeVector GetPrimaryTrackLocalPosition() const { return position_; }
  G4ThreeVector GetPrimaryTrackLocalDirection() const { return direction_; }
  G4VSolid* GetEnvelopeSolid() const {
    static G4VSolid solid;
    return &solid;
  }
  const G4AffineTransform* GetInverseAffineTransformation() const { return &transform_; }

 private:
  G4Track track_;
  G4ThreeVector position_, direction_;
  G4AffineTransform transform_;
};

class G4FastStep {
 public:
  void KillPrimaryTrack() { killed = true; }
  void ProposePrimaryTrackPathLength(G4double length) { path = length; }
  bool killed = false;
  double path = -1;
};

class G4VFastSimulationModel {
 public:
  explicit G4VFastSimulationModel(const G4String& name) : name_(name) {}
  G4VFastSimulationModel(const G4String& name, G4Envelope* /*envelope*/, G4bool /*is_unique*/ = false) : name_(name) {}
  virtual ~G4VFastSimulationModel() = default;
  virtual G4bool IsApplicable(const G4ParticleDefinition&) = 0;
  virtual G4bool ModelTrigger(const G4FastTrack&) = 0;
  virtual void DoIt(const G4FastTrack&, G4FastStep&) = 0;

 private:
  G4String name_;
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

class G4VPhysicalVolume;
class G4VSensitiveDetector;
class G4TouchableHistory {
 public:
  G4VPhysicalVolume* GetVolume() const { return volume; }
  G4VPhysicalVolume* volume = nullptr;
};
class G4TouchableHandle {
 public:
  G4TouchableHandle& operator=(G4TouchableHistory* history) {  // owns it, with its copies
    history_.reset(history);
    return *this;
  }
  G4TouchableHistory* operator()() const { return history_.get(); }
  G4TouchableHistory* operator->() const { return history_.get(); }
  explicit operator bool() const { return history_ != nullptr; }

 private:
  std::shared_ptr<G4TouchableHistory> history_;
};

enum G4StepStatus { fUndefined, fUserDefinedLimit };
class G4StepPoint {
 public:
  void SetWeight(G4double w) { weight = w; }
  void SetPosition(const G4ThreeVector& p) { position = p; }
  void SetMomentumDirection(const G4ThreeVector& d) { direction = d; }
  void SetGlobalTime(G4double t) { global_time = t; }
  void SetLocalTime(G4double) {}
  void SetProperTime(G4double) {}
  void SetTouchableHandle(const G4TouchableHandle& handle) { touchable = handle; }
  void SetMaterial(G4Material*) {}
  void SetMaterialCutsCouple(const G4MaterialCutsCouple*) {}
  void SetSensitiveDetector(G4VSensitiveDetector*) {}
  void SetStepStatus(G4StepStatus s) { status = s; }
  G4double weight = 0, global_time = 0;
  G4ThreeVector position, direction;
  G4TouchableHandle touchable;
  G4StepStatus status = fUndefined;
};
class G4Step {
 public:
  void SetTotalEnergyDeposit(G4double e) { energy = e; }
  void SetTrack(G4Track* t) { track = t; }
  G4StepPoint* GetPreStepPoint() { return &pre; }
  G4StepPoint* GetPostStepPoint() { return &post; }
  G4StepPoint pre, post;
  G4double energy = 0;
  G4Track* track = nullptr;
};

class G4VSensitiveDetector {
 public:
  virtual ~G4VSensitiveDetector() = default;
  virtual bool Hit(G4Step* step) = 0;
};
class G4VFastSimSensitiveDetector {
 public:
  virtual ~G4VFastSimSensitiveDetector() = default;
  virtual bool Hit(const G4FastHit* hit, const G4FastTrack* track, G4TouchableHandle* touchable) = 0;
};

class G4LogicalVolume {
 public:
  G4VSensitiveDetector* GetSensitiveDetector() const { return detector; }
  G4Material* GetMaterial() const { return nullptr; }
  const G4MaterialCutsCouple* GetMaterialCutsCouple() const { return nullptr; }
  G4VSensitiveDetector* detector = nullptr;
};
class G4VPhysicalVolume {
 public:
  G4LogicalVolume* GetLogicalVolume() const { return volume; }
  G4LogicalVolume* volume = nullptr;
};

/// What navigators find: silicon from 2.6 to 3.1 mm of every 4.1 mm behind z = 1000, with whatever detector a test gives
/// it; elsewhere a volume without one.
struct StubWorld {
  G4VPhysicalVolume world, silicon, rest;
  G4LogicalVolume silicon_volume, rest_volume;
  StubWorld() {
    silicon.volume = &silicon_volume;
    rest.volume = &rest_volume;
  }
  static StubWorld& only() {
    static StubWorld world;
    return world;
  }
  G4VPhysicalVolume* at(const G4ThreeVector& p) {
    const double depth = p.z() - 1000;
    const double in_layer = depth - 4.1 * std::floor(depth / 4.1);
    return depth >= 0 && depth <= 102.5 && in_layer > 2.6 && in_layer < 3.1 ? &silicon : &rest;
  }
};
class G4Navigator {
 public:
  void SetWorldVolume(G4VPhysicalVolume* world) { world_ = world; }
  G4VPhysicalVolume* GetWorldVolume() const { return world_; }
  void LocateGlobalPointAndUpdateTouchable(const G4ThreeVector& point, G4TouchableHistory* touchable, G4bool = true) {
    touchable->volume = StubWorld::only().at(point);
  }

 private:
  G4VPhysicalVolume* world_ = nullptr;
};
class G4TransportationManager {
 public:
  static G4TransportationManager* GetTransportationManager() {
    static G4TransportationManager manager;
    return &manager;
  }
  G4Navigator* GetNavigatorForTracking() {
    navigator_.SetWorldVolume(&StubWorld::only().world);
    return &navigator_;
  }

 private:
  G4Navigator navigator_;
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
