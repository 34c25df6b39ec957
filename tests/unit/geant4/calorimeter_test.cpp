// SPDX-License-Identifier: Apache-2.0
#include "calorimeter/calorimeter.hpp"

#include <gtest/gtest.h>

#include <string>

#include "octocal/base/error.hpp"
#include "sample/settings.hpp"

namespace octocal::geant4 {
namespace {

constexpr const char* kOther = R"(
width_mm = 400
layers = 12
cell_mm = [10, 5.0]
window = [21, 31]

[[slab]]
material = "alloy"
thickness_mm = 3.5
[[slab]]
material = "G4_Si"
thickness_mm = 0.3
sensitive = true

[[mixture]]
name = "alloy"
density_g_cm3 = 17.8
mass_fractions = { G4_W = 0.93, G4_Ni = 0.05, G4_Cu = 0.02 }
)";

std::string refusal(const std::string& text) {
  try {
    parse_calorimeter(text, "mine.toml");
  } catch (const Error& error) {
    return error.code() == ErrorCode::kBadInput ? error.what() : "another error";
  }
  return "accepted";
}

TEST(CalorimeterFile, EmptyIsTheCalorimeterOfTheShippedSample) {
  const auto calorimeter = parse_calorimeter("", "empty");
  EXPECT_EQ(calorimeter, Calorimeter());
  EXPECT_DOUBLE_EQ(calorimeter.layer_mm(), 4.1);
  EXPECT_DOUBLE_EQ(calorimeter.depth_mm(), 102.5);
  EXPECT_EQ(calorimeter.geometry(), (data::Geometry{25, 25, 25}));
  // The front and octocal's own defaults mean the same cells.
  const auto placement = calorimeter.placement();
  EXPECT_DOUBLE_EQ(placement.first_layer_mm, CellPlacement().first_layer_mm);
  EXPECT_DOUBLE_EQ(placement.layer_pitch_mm, CellPlacement().layer_pitch_mm);
  EXPECT_DOUBLE_EQ(placement.pitch_x_mm, CellPlacement().pitch_x_mm);
}

TEST(CalorimeterFile, ReadsLayersCellsAndMixtures) {
  const auto calorimeter = parse_calorimeter(kOther, "mine.toml");
  EXPECT_EQ(calorimeter.geometry(), (data::Geometry{21, 31, 12}));
  EXPECT_DOUBLE_EQ(calorimeter.depth_mm(), 12 * 3.8);
  EXPECT_DOUBLE_EQ(calorimeter.placement().first_layer_mm, 3.65);
  EXPECT_DOUBLE_EQ(calorimeter.placement().pitch_x_mm, 10);
  EXPECT_DOUBLE_EQ(calorimeter.placement().pitch_y_mm, 5);
  ASSERT_EQ(calorimeter.mixtures.size(), 1U);
  EXPECT_EQ(calorimeter.mixtures[0].mass_fractions.size(), 3U);
}

TEST(CalorimeterFile, TextReadsBackToTheSame) {
  for (const auto& calorimeter : {Calorimeter(), parse_calorimeter(kOther, "mine.toml")})
    EXPECT_EQ(parse_calorimeter(calorimeter_text(calorimeter), "again"), calorimeter) << calorimeter_text(calorimeter);
}

TEST(CalorimeterFile, RefusesByName) {
  EXPECT_NE(refusal("layer = 3").find("mine.toml: layer is no key"), std::string::npos);
  EXPECT_NE(refusal("layers = 0").find("layers"), std::string::npos);
  EXPECT_NE(refusal("layers = 2.5").find("layers"), std::string::npos);
  EXPECT_NE(refusal("width_mm = -1").find("width_mm"), std::string::npos);
  EXPECT_NE(refusal("width_mm = inf").find("width_mm"), std::string::npos);
  EXPECT_NE(refusal("window = [25]").find("window"), std::string::npos);
  EXPECT_NE(refusal("window = [200, 25]").find("window of 200 cells"), std::string::npos);
  EXPECT_NE(refusal("slab = 3").find("slab"), std::string::npos);
  EXPECT_NE(refusal("[[slab]]\nmaterial = \"G4_W\"\nthickness_mm = 1").find("0 sensitive slabs"), std::string::npos);
  EXPECT_NE(refusal("[[slab]]\nmaterial = \"G4_W\"").find("slab 1: thickness_mm"), std::string::npos);
  EXPECT_NE(refusal("[[slab]]\nmaterial = \"G4_W\"\nthickness_mm = 1\nsensitive = 1").find("sensitive"),
            std::string::npos);
  EXPECT_NE(
      refusal("[[mixture]]\nname = \"a\"\ndensity_g_cm3 = 1\nmass_fractions = { G4_W = 0.5 }").find("add up to 0.5"),
      std::string::npos);
  EXPECT_NE(refusal("layers = ").find("mine.toml:1:"), std::string::npos);
}

TEST(SampleParts, AreNumberedByWhereTheirEventsAre) {
  SampleSettings settings;
  settings.output = "out/electrons.h5";
  settings.events = 2500;
  ASSERT_EQ(parts_of(settings).size(), 1U);
  EXPECT_EQ(parts_of(settings)[0].file, "out/electrons.h5");
  settings.per_file = 1000;
  settings.first_event = 500;
  const auto parts = parts_of(settings);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].file, "out/electrons_000.h5");
  EXPECT_EQ(parts[2].file, "out/electrons_002.h5");
  const std::uint64_t expected[][2] = {{500, 500}, {1000, 1000}, {2000, 1000}};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(parts[i].first_event, expected[i][0]);
    EXPECT_EQ(parts[i].events, expected[i][1]);
  }
}

TEST(SampleRecipe, TellsWhatDecidesTheNumbersAndNothingElse) {
  SampleSettings settings;
  const SamplePart part{"a.h5", 0, 10};
  const auto recipe = recipe_of(settings, part);
  auto same = settings;
  same.threads = 7;
  same.per_file = 10;
  same.output = "b.h5";
  EXPECT_EQ(recipe_of(same, part), recipe);
  const auto differs = [&](auto change) {
    auto other = settings;
    change(other);
    return recipe_of(other, part) != recipe;
  };
  EXPECT_TRUE(differs([](SampleSettings& s) { s.seed = 2; }));
  EXPECT_TRUE(differs([](SampleSettings& s) { s.particle = "e+"; }));
  EXPECT_TRUE(differs([](SampleSettings& s) { s.energy_max_gev = 400; }));
  EXPECT_TRUE(differs([](SampleSettings& s) { s.polar_deg = 1; }));
  EXPECT_TRUE(differs([](SampleSettings& s) { s.physics = "opt4"; }));
  EXPECT_TRUE(differs([](SampleSettings& s) { s.cut_mm = 0.1; }));
  EXPECT_TRUE(differs([](SampleSettings& s) { s.commands = {"/process/em/fluo false"}; }));
  EXPECT_TRUE(differs([](SampleSettings& s) { s.calorimeter.slabs[0].thickness_mm = 2.5; }));
  EXPECT_NE(recipe_of(settings, {"a.h5", 10, 10}), recipe);
}

}  // namespace
}  // namespace octocal::geant4
