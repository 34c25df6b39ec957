// SPDX-License-Identifier: Apache-2.0
#include "sample/physics.hpp"

#include <fmt/format.h>

#include <CLHEP/Random/Random.h>
#include <G4ComptonScattering.hh>
#include <G4Electron.hh>
#include <G4EmParameters.hh>
#include <G4EmStandardPhysics.hh>
#include <G4EmStandardPhysics_option1.hh>
#include <G4EmStandardPhysics_option2.hh>
#include <G4EmStandardPhysics_option3.hh>
#include <G4EmStandardPhysics_option4.hh>
#include <G4FastSimulationPhysics.hh>
#include <G4Gamma.hh>
#include <G4GammaConversion.hh>
#include <G4PEEffectFluoModel.hh>
#include <G4PairProductionRelModel.hh>
#include <G4PhotoElectricEffect.hh>
#include <G4PhysListFactory.hh>
#include <G4PhysicsListHelper.hh>
#include <G4Positron.hh>
#include <G4Proton.hh>
#include <G4SystemOfUnits.hh>
#include <G4UrbanMscModel.hh>
#include <G4Version.hh>
#include <G4eBremsstrahlung.hh>
#include <G4eBremsstrahlungRelModel.hh>
#include <G4eIonisation.hh>
#include <G4eMultipleScattering.hh>
#include <G4eplusAnnihilation.hh>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"

namespace octocal::geant4 {
namespace {

constexpr const char* kNoData = "no-data";

/// Photons, electrons and positrons by models that read no files.
class DatalessPhysics : public G4VPhysicsConstructor {
 public:
  DatalessPhysics() : G4VPhysicsConstructor(kNoData) { G4EmParameters::Instance()->SetDefaults(); }

  void ConstructParticle() override {
    G4Gamma::Gamma();
    G4Electron::Electron();
    G4Positron::Positron();
    G4Proton::Proton();  // Geant4's production cuts ask for it
  }

  void ConstructProcess() override {
    auto* helper = G4PhysicsListHelper::GetPhysicsListHelper();
    auto* photoelectric = new G4PhotoElectricEffect;
    photoelectric->SetEmModel(new G4PEEffectFluoModel);
    auto* conversion = new G4GammaConversion;
    conversion->SetEmModel(new G4PairProductionRelModel);
    for (G4VProcess* process : {static_cast<G4VProcess*>(photoelectric), static_cast<G4VProcess*>(conversion),
                                static_cast<G4VProcess*>(new G4ComptonScattering)})
      helper->RegisterProcess(process, G4Gamma::Gamma());
    for (G4ParticleDefinition* lepton : {static_cast<G4ParticleDefinition*>(G4Electron::Electron()),
                                         static_cast<G4ParticleDefinition*>(G4Positron::Positron())}) {
      auto* scattering = new G4eMultipleScattering;
      scattering->SetEmModel(new G4UrbanMscModel);
      auto* bremsstrahlung = new G4eBremsstrahlung;
      bremsstrahlung->SetEmModel(new G4eBremsstrahlungRelModel);  // below 1 GeV, too
      helper->RegisterProcess(scattering, lepton);
      helper->RegisterProcess(new G4eIonisation, lepton);
      helper->RegisterProcess(bremsstrahlung, lepton);
    }
    helper->RegisterProcess(new G4eplusAnnihilation, G4Positron::Positron());
  }
};

/// Electromagnetic physics alone.
class ElectromagneticList : public G4VModularPhysicsList {
 public:
  explicit ElectromagneticList(G4VPhysicsConstructor* constructor) { RegisterPhysics(constructor); }
};

G4VPhysicsConstructor* electromagnetic(const std::string& name) {
  if (name == "opt0") return new G4EmStandardPhysics(0);
  if (name == "opt1") return new G4EmStandardPhysics_option1(0);
  if (name == "opt2") return new G4EmStandardPhysics_option2(0);
  if (name == "opt3") return new G4EmStandardPhysics_option3(0);
  if (name == "opt4") return new G4EmStandardPhysics_option4(0);
  return nullptr;
}

std::string data_set(const char* variable) {
  const char* folder = G4FindDataDir(variable);
  return folder == nullptr ? "" : std::filesystem::path(folder).filename().string();
}

/// "$Name: geant4-11-04 [MT]$" without its frame.
std::string version_text() {
  std::string text = G4Version;
  const auto colon = text.find(": ");
  if (colon != std::string::npos) text = text.substr(colon + 2);
  if (!text.empty() && text.back() == '$') text.pop_back();
  return text;
}

}  // namespace

NuclideTableStandIn::NuclideTableStandIn(const SampleSettings& settings) {
  constexpr const char* kVariable = "G4ENSDFSTATEDATA";
  if (settings.physics != kNoData || G4FindDataDir(kVariable) != nullptr) return;
  auto pattern = (std::filesystem::temp_directory_path() / "octocal-nuclides-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    throw run_failed(
        fmt::format("{}: cannot be made (TMPDIR must be a folder that may be written); set TMPDIR", pattern));
  folder_ = pattern;
  write_text_file(folder_ / "ENSDFSTATE.dat", "");
  setenv(kVariable, folder_.c_str(), 1);
}

NuclideTableStandIn::~NuclideTableStandIn() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::unique_ptr<G4VModularPhysicsList> make_physics(const SampleSettings& settings) {
  const auto& name = settings.physics;
  std::unique_ptr<G4VModularPhysicsList> list;
  if (name == kNoData) {
    list = std::make_unique<ElectromagneticList>(new DatalessPhysics);
  } else {
    if (G4FindDataDir("G4LEDATA") == nullptr)
      throw bad_input(
          fmt::format("--physics {}: Geant4's data set of electromagnetic processes is not there (G4LEDATA or "
                      "GEANT4_DATA_DIR name its folder); install it, or give --physics no-data",
                      name));
    if (auto* constructor = electromagnetic(name)) {
      list = std::make_unique<ElectromagneticList>(constructor);
    } else {
      G4PhysListFactory factory(0);
      if (!factory.IsReferencePhysList(name))
        throw bad_input(
            fmt::format("--physics {}: Geant4 has no such list; give opt0 to opt4, no-data or a reference "
                        "list such as FTFP_BERT_EMZ",
                        name));
      list.reset(factory.GetReferencePhysList(name));
    }
  }
  list->SetVerboseLevel(0);
  list->SetDefaultCutValue(settings.cut_mm * mm);
  if (!settings.fast_model.empty()) {
    auto* fast = new G4FastSimulationPhysics;
    fast->ActivateFastSimulation(settings.particle);
    list->RegisterPhysics(fast);
  }
  return list;
}

std::map<std::string, std::string> physics_attributes(const SampleSettings& settings) {
  const auto& parameters = *G4EmParameters::Instance();
  std::ostringstream all;
  parameters.StreamInfo(all);
  std::map<std::string, std::string> attributes = {
      {"geant4.version", version_text()},
      {"geant4.version_number", std::to_string(G4VERSION_NUMBER)},
      {"geant4.physics_list", settings.physics},
      {"geant4.production_cut_mm", fmt::format("{}", settings.cut_mm)},
      {"geant4.electromagnetic_parameters", all.str()},
      {"geant4.range_factor", fmt::format("{}", parameters.MscRangeFactor())},
      {"geant4.lateral_displacement", parameters.LateralDisplacement() ? "true" : "false"},
      {"geant4.lowest_electron_energy_kev", fmt::format("{}", parameters.LowestElectronEnergy() / keV)},
      {"geant4.random_engine", G4Random::getTheEngine()->name()},
  };
  if (settings.physics == kNoData) return attributes;
  for (const char* variable : {"G4LEDATA", "G4ENSDFSTATEDATA", "G4PARTICLEXSDATA", "G4LEVELGAMMADATA"})
    if (const auto set = data_set(variable); !set.empty()) attributes[std::string("geant4.data.") + variable] = set;
  return attributes;
}

}  // namespace octocal::geant4
