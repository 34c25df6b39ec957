// SPDX-License-Identifier: Apache-2.0
// The Geant4 model of examples/geant4, compiled against a stub of the Geant4 classes that it uses.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "geant4/calo_shower_model.hpp"

namespace octocal::geant4 {
namespace {

const std::string kRoot = OCTOCAL_SOURCE_DIR;
const std::string kExampleModel = kRoot + "/models/generator-int8.onnx";
constexpr std::uint64_t kSeed = 11;
constexpr int kDetector = 2;

std::string contents(const std::string& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

G4FastTrack electron(int track, double energy_gev) {
  return {G4Track(track, energy_gev * GeV), G4ThreeVector(10, -20, 30), G4ThreeVector(0.6, 0, 0.8)};
}

void expect_hits(const std::vector<G4FastHit>& hits, std::size_t from, const std::vector<Deposit>& deposits) {
  ASSERT_EQ(hits.size(), from + deposits.size());
  for (std::size_t i = 0; i < deposits.size(); ++i) {
    const auto& hit = hits[from + i];
    const auto at = hit.GetPosition();
    EXPECT_EQ((Vector{at.x(), at.y(), at.z()}), deposits[i].position_mm) << i;
    EXPECT_EQ(hit.GetEnergy(), deposits[i].energy_mev) << i;
  }
}

TEST(Geant4Example, MakesTheHitsOfTheSourceInTheEnvelopesCoordinates) {
  G4Region region;
  CaloShowerModel model("calorimeter", &region, kExampleModel, kSeed, kDetector);
  ShowerSource source(kExampleModel, kSeed);
  auto& hits = G4FastSimHitMaker::made();
  for (const int track : {1, 100000}) {
    hits.clear();
    G4FastStep step;
    model.DoIt(electron(track, 200), step);
    EXPECT_TRUE(step.killed);
    // The stub's run and event.
    const auto expected = source.shower({3, 70000, track, kDetector}, 200, {10, -20, 30}, {0.6, 0, 0.8});
    ASSERT_GT(expected.size(), 100U);
    std::size_t from = 0;
    if (track == 1) {  // the hit maker's first call of all goes to the volume at the track
      ASSERT_FALSE(hits.empty());
      EXPECT_LT(hits[0].GetEnergy(), 1e-300);
      EXPECT_GT(hits[0].GetEnergy(), 0);
      from = 1;
    }
    expect_hits(hits, from, expected);
  }
}

TEST(Geant4Example, TriggersOnElectronsOfTheModelsRange) {
  CaloShowerModel model("calorimeter", nullptr, kExampleModel, kSeed, kDetector);
  EXPECT_TRUE(model.IsApplicable(*G4Electron::Definition()));
  EXPECT_FALSE(model.IsApplicable(G4ParticleDefinition()));
  EXPECT_TRUE(model.ModelTrigger(electron(1, 100)));
  EXPECT_TRUE(model.ModelTrigger(electron(1, 500)));
  EXPECT_FALSE(model.ModelTrigger(electron(1, 99)));
  EXPECT_FALSE(model.ModelTrigger(electron(1, 501)));
}

TEST(Geant4Example, IsWhatTheReadmeShows) {
  const auto example = contents(kRoot + "/examples/geant4/calo_shower_model.hpp");
  const auto start = example.find("/// Make one in");
  ASSERT_NE(start, std::string::npos);
  EXPECT_NE(contents(kRoot + "/geant4/README.md").find("```cpp\n" + example.substr(start) + "```\n"), std::string::npos)
      << "geant4/README.md shows another class than examples/geant4/calo_shower_model.hpp";
}

}  // namespace
}  // namespace octocal::geant4
