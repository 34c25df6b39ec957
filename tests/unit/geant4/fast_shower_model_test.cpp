// SPDX-License-Identifier: Apache-2.0
// octocal::geant4_model, compiled against a stub of the Geant4 classes that it uses.
#include "octocal/geant4/fast_shower_model.hpp"

#include <gtest/gtest.h>
#include <G4Electron.hh>
#include <G4FastStep.hh>
#include <G4FastTrack.hh>
#include <G4Gamma.hh>
#include <G4Positron.hh>
#include <G4VFastSimSensitiveDetector.hh>
#include <G4VSensitiveDetector.hh>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"

namespace octocal::geant4 {
namespace {

const std::string kRoot = OCTOCAL_SOURCE_DIR;
const std::string kModelFile = kRoot + "/models/cells-int8.onnx";
constexpr std::uint64_t kJobSeed = 11;
constexpr int kDetector = 2;
constexpr double kFront = -G4VSolid::kHalfDepth;

const ShowerSource& shared_source() {
  static const ShowerSource source(kModelFile, kJobSeed);
  return source;
}

FastShowerOptions options_of(int detector = kDetector) {
  FastShowerOptions options;
  options.detector = detector;
  return options;
}

G4FastTrack primary(double energy_gev, G4ThreeVector at = {0, 0, kFront}, G4ThreeVector along = {0, 0, 1}) {
  return {G4Track(1, energy_gev * GeV), at, along};
}

/// Keeps what steps tell it.
class StepDetector : public G4VSensitiveDetector {
 public:
  struct Deposit {
    G4ThreeVector before, after;
    double energy, time, weight;
    int track;
    const G4VPhysicalVolume* volume;
  };
  bool Hit(G4Step* step) override {
    deposits.push_back({step->pre.position, step->post.position, step->energy, step->pre.global_time, step->pre.weight,
                        step->track->GetTrackID(), step->pre.touchable->GetVolume()});
    return true;
  }
  std::vector<Deposit> deposits;
};

/// One that knows of fast simulation.
class HitDetector : public StepDetector, public G4VFastSimSensitiveDetector {
 public:
  using StepDetector::Hit;
  bool Hit(const G4FastHit* hit, const G4FastTrack*, G4TouchableHandle*) override {
    hits.push_back(*hit);
    return true;
  }
  std::vector<G4FastHit> hits;
};

/// The world's silicon with a detector while this lives.
struct InSilicon {
  explicit InSilicon(G4VSensitiveDetector* detector) { StubWorld::only().silicon_volume.detector = detector; }
  ~InSilicon() { StubWorld::only().silicon_volume.detector = nullptr; }
};

TEST(FastShowerModel, HandsTheSourcesShowerToTheDetectorInWorldCoordinates) {
  FastShowerModel model("octocal", nullptr, shared_source(), options_of());
  StepDetector detector;
  const InSilicon world(&detector);
  G4FastStep step;
  model.DoIt(primary(200, {10, -20, kFront}), step);
  EXPECT_TRUE(step.killed);
  EXPECT_EQ(step.path, 0);
  EXPECT_EQ(model.showers(), 1U);
  EXPECT_EQ(model.lost_energy(), 0);

  ShowerSource source(shared_source());
  const auto expected = source.shower({3, 70000, 1, kDetector}, 200, {10, -20, kFront}, {0, 0, 1});
  ASSERT_GT(expected.size(), 500U);
  ASSERT_EQ(detector.deposits.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& got = detector.deposits[i];
    // The stub's envelope: its middle is at (7, 0, 1000 + half its depth).
    EXPECT_NEAR(got.before.x(), expected[i].position_mm[0] + 7, 1e-9);
    EXPECT_NEAR(got.before.y(), expected[i].position_mm[1], 1e-9);
    EXPECT_NEAR(got.before.z(), expected[i].position_mm[2] + 1000 - kFront, 1e-9);
    EXPECT_EQ((got.before - got.after).mag2(), 0);
    EXPECT_EQ(got.energy, expected[i].energy_mev);
    EXPECT_EQ(got.time, 5);
    EXPECT_EQ(got.weight, 1);
    EXPECT_EQ(got.track, 1);
    EXPECT_EQ(got.volume, &StubWorld::only().silicon);
  }
}

TEST(FastShowerModel, GivesHitsInTheEnvelopesCoordinatesToDetectorsOfFastSimulation) {
  FastShowerModel model("octocal", nullptr, shared_source(), options_of());
  HitDetector detector;
  const InSilicon world(&detector);
  G4FastStep step;
  model.DoIt(primary(150), step);
  EXPECT_TRUE(detector.deposits.empty());
  ASSERT_GT(detector.hits.size(), 500U);
  for (const auto& hit : detector.hits) {
    const double in_layer = std::fmod(hit.GetPosition().z() - kFront, 4.1);
    EXPECT_NEAR(in_layer, 2.85, 1e-9);
  }
}

TEST(FastShowerModel, CellsStayInSiliconWhateverTheAngle) {
  auto options = options_of();
  options.largest_angle = 0.8;
  FastShowerModel model("octocal", nullptr, shared_source(), options);
  StepDetector detector;
  const InSilicon world(&detector);
  G4FastStep step;
  model.DoIt(primary(200, {0, 0, kFront}, {0.6, 0, 0.8}), step);
  EXPECT_EQ(model.lost_energy(), 0);
  double energy = 0, x = 0, depth = 0;
  for (const auto& deposit : detector.deposits) {
    energy += deposit.energy;
    x += deposit.energy * (deposit.before.x() - 7);
    depth += deposit.energy * (deposit.before.z() - 1000);
  }
  ASSERT_GT(energy, 0);
  EXPECT_NEAR(x / depth, 0.75, 0.05);  // the shower's line: tan of the angle
}

TEST(FastShowerModel, CountsEnergyThatNoDetectorGot) {
  FastShowerModel model("octocal", nullptr, shared_source(), options_of());
  G4FastStep step;
  model.DoIt(primary(200), step);  // silicon without a detector
  ShowerSource source(shared_source());
  double expected = 0;
  for (const auto& deposit : source.shower({3, 70000, 1, kDetector}, 200, {0, 0, kFront}, {0, 0, 1}))
    expected += deposit.energy_mev;
  EXPECT_DOUBLE_EQ(model.lost_energy(), expected);
}

TEST(FastShowerModel, TriggersInsideTheModelsRangeAndTheOptions) {
  FastShowerModel model("octocal", nullptr, shared_source(), options_of());
  EXPECT_TRUE(model.ModelTrigger(primary(100)));
  EXPECT_TRUE(model.ModelTrigger(primary(500)));
  EXPECT_FALSE(model.ModelTrigger(primary(99)));
  EXPECT_FALSE(model.ModelTrigger(primary(501)));
  auto options = options_of();
  options.lowest_energy = 150 * GeV;
  options.highest_energy = 160 * GeV;
  FastShowerModel narrow("octocal", nullptr, shared_source(), options);
  EXPECT_FALSE(narrow.ModelTrigger(primary(149)));
  EXPECT_TRUE(narrow.ModelTrigger(primary(155)));
  EXPECT_FALSE(narrow.ModelTrigger(primary(161)));
}

TEST(FastShowerModel, TriggersAtTheFrontOnlyAndNotBackwards) {
  FastShowerModel model("octocal", nullptr, shared_source(), options_of());
  EXPECT_TRUE(model.ModelTrigger(primary(200, {0, 0, kFront + 0.09})));
  EXPECT_FALSE(model.ModelTrigger(primary(200, {0, 0, kFront + 0.11})));
  EXPECT_TRUE(model.ModelTrigger(primary(200, {0, 0, kFront}, {std::sin(0.099), 0, std::cos(0.099)})));
  EXPECT_FALSE(model.ModelTrigger(primary(200, {0, 0, kFront}, {std::sin(0.101), 0, std::cos(0.101)})));
  EXPECT_FALSE(model.ModelTrigger(primary(200, {0, 0, kFront}, {0, 0, -1})));
}

TEST(FastShowerModel, TriggersWhereAllCellsAreInsideTheEnvelope) {
  FastShowerModel model("octocal", nullptr, shared_source(), options_of());
  const double last = G4VSolid::kHalfWidth - 12 * 5.1;  // the middles of the outermost cells are on the edge
  EXPECT_TRUE(model.ModelTrigger(primary(200, {last - 0.01, 0, kFront})));
  EXPECT_FALSE(model.ModelTrigger(primary(200, {last + 0.01, 0, kFront})));
  EXPECT_FALSE(model.ModelTrigger(primary(200, {0, -last - 0.01, kFront})));
  // A slanting shower leaves it at the back: 101.25 mm deep, 10.16 mm aside.
  const G4ThreeVector along(std::sin(0.1), 0, std::cos(0.1));
  const double aside = 101.25 * std::tan(0.1);
  auto options = options_of();
  options.largest_angle = 0.11;
  FastShowerModel slanting("octocal", nullptr, shared_source(), options);
  EXPECT_TRUE(slanting.ModelTrigger(primary(200, {last - aside - 0.01, 0, kFront}, along)));
  EXPECT_FALSE(slanting.ModelTrigger(primary(200, {last - aside + 0.01, 0, kFront}, along)));
  options.contained = false;
  FastShowerModel anywhere("octocal", nullptr, shared_source(), options);
  EXPECT_TRUE(anywhere.ModelTrigger(primary(200, {last + 20, 0, kFront})));
}

TEST(FastShowerModel, AppliesToTheParticlesOfItsOptions) {
  auto options = options_of();
  const auto applies = [&] {
    FastShowerModel model("octocal", nullptr, shared_source(), options);
    return std::vector<bool>{model.IsApplicable(*G4Electron::Definition()),
                             model.IsApplicable(*G4Positron::Definition()), model.IsApplicable(*G4Gamma::Definition()),
                             model.IsApplicable(G4ParticleDefinition())};
  };
  EXPECT_EQ(applies(), (std::vector<bool>{true, false, false, false}));
  options.positrons = true;
  EXPECT_EQ(applies(), (std::vector<bool>{true, true, false, false}));
  options = options_of();
  options.electrons = false;
  options.photons = true;
  EXPECT_EQ(applies(), (std::vector<bool>{false, false, true, false}));
}

TEST(FastShowerModel, RefusesImpossibleOptions) {
  const auto refused = [](const FastShowerOptions& options, const std::string& name) {
    try {
      FastShowerModel("octocal", nullptr, shared_source(), options);
    } catch (const Error& error) {
      return error.code() == ErrorCode::kBadInput && std::string(error.what()).find(name) != std::string::npos;
    }
    return false;
  };
  auto options = options_of();
  options.axis = {0, 0, 0};
  EXPECT_TRUE(refused(options, "axis"));
  options = options_of();
  options.largest_angle = 1.6;
  EXPECT_TRUE(refused(options, "largest_angle"));
  EXPECT_TRUE(refused(options_of(512), "detector"));
}

std::string contents(const std::string& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Geant4Example, ReadmeShowsItsLines) {
  const auto example = contents(kRoot + "/examples/geant4/calorimeter.hpp");
  const auto start = example.find("  void ConstructSDandField()");
  const auto end = example.find("\n\n", start);
  ASSERT_NE(end, std::string::npos);
  EXPECT_NE(contents(kRoot + "/geant4/README.md").find("```cpp\n" + example.substr(start, end + 1 - start) + "```\n"),
            std::string::npos)
      << "geant4/README.md shows other lines than examples/geant4/calorimeter.hpp";
}

}  // namespace
}  // namespace octocal::geant4
