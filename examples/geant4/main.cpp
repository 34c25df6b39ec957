// SPDX-License-Identifier: Apache-2.0
// calorimeter MODEL [THREADS]: ten electrons of 200 GeV into a calorimeter whose showers octocal makes.
#include <G4Electron.hh>
#include <G4EmStandardPhysics.hh>
#include <G4FastSimulationPhysics.hh>
#include <G4ParticleGun.hh>
#include <G4RunManagerFactory.hh>
#include <G4VModularPhysicsList.hh>
#include <G4VUserActionInitialization.hh>
#include <G4VUserPrimaryGeneratorAction.hh>
#include <memory>
#include <string>

#include "calorimeter.hpp"
#include "octocal/base/error.hpp"

class Electrons : public G4VUserPrimaryGeneratorAction {
 public:
  Electrons() {
    gun_.SetParticleDefinition(G4Electron::Definition());
    gun_.SetParticleEnergy(200 * GeV);
    gun_.SetParticlePosition({0, 0, -1 * cm});
    gun_.SetParticleMomentumDirection({0, 0, 1});
  }
  void GeneratePrimaries(G4Event* event) override { gun_.GeneratePrimaryVertex(event); }

 private:
  G4ParticleGun gun_;
};

class Actions : public G4VUserActionInitialization {
 public:
  void Build() const override { SetUserAction(new Electrons); }
};

class Physics : public G4VModularPhysicsList {
 public:
  Physics() {
    RegisterPhysics(new G4EmStandardPhysics);
    auto* fast = new G4FastSimulationPhysics;
    fast->ActivateFastSimulation("e-");
    RegisterPhysics(fast);
  }
};

int main(int argc, char** argv) try {
  if (argc < 2) {
    G4cerr << "usage: calorimeter MODEL [THREADS]" << G4endl;
    return 2;
  }
  const int threads = argc > 2 ? std::stoi(argv[2]) : 1;
  const auto kind = threads > 1 ? G4RunManagerType::MTOnly : G4RunManagerType::SerialOnly;
  std::unique_ptr<G4RunManager> manager(G4RunManagerFactory::CreateRunManager(kind, true, threads));
  manager->SetUserInitialization(new Calorimeter(argv[1], 7));
  manager->SetUserInitialization(new Physics);
  manager->SetUserInitialization(new Actions);
  manager->Initialize();
  manager->BeamOn(10);
  return 0;
} catch (const octocal::Error& error) {  // a model that cannot be used, say
  G4cerr << error.what() << G4endl;
  return error.exit_code();
}
