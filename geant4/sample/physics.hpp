// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <G4VModularPhysicsList.hh>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "sample/settings.hpp"

namespace octocal::geant4 {

/// The physics list called `settings.physics`:
///
/// | name           | what                                                                                       |
/// |----------------|--------------------------------------------------------------------------------------------|
/// | opt0 ... opt4  | electromagnetic physics alone: G4EmStandardPhysics, and its options 1 to 4; need G4LEDATA  |
/// | no-data        | electrons, positrons and photons by models that need no data set: no Rayleigh scattering,  |
/// |                | no fluorescence; photoelectric effect from the Sandia table, relativistic bremsstrahlung   |
/// |                | and pairs at all energies                                                                  |
/// | FTFP_BERT, ... | any reference list of Geant4, with _EMV, _EMX, _EMY, _EMZ for other electromagnetic options |
///
/// with fast simulation of the particle if settings.fast_model is given. Errors: bad_input for a name that Geant4 does
/// not know, and if its data sets are missing.
std::unique_ptr<G4VModularPhysicsList> make_physics(const SampleSettings& settings);

/// Stands in for Geant4's table of excited nuclei, without which no run manager can be made, where it is not installed
/// and the physics needs no data: an empty one, while this lives. Make it before the run manager.
class NuclideTableStandIn {
 public:
  explicit NuclideTableStandIn(const SampleSettings& settings);
  ~NuclideTableStandIn();
  NuclideTableStandIn(const NuclideTableStandIn&) = delete;
  NuclideTableStandIn& operator=(const NuclideTableStandIn&) = delete;

 private:
  std::filesystem::path folder_;
};

/// What decides Geant4's numbers, once it is initialised, by attribute name: version, physics list, cuts, every
/// electromagnetic parameter, data sets, random engine.
std::map<std::string, std::string> physics_attributes(const SampleSettings& settings);

}  // namespace octocal::geant4
