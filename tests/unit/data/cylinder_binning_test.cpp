// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/cylinder_binning.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <fstream>
#include <set>
#include <string>

#include "octocal/base/error.hpp"
#include "octocal/data/mev_rest.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal::data {
namespace {

class Binning : public ::testing::Test {
 protected:
  test::TemporaryFolder folder;

  CylinderBinning read(const std::string& xml) {
    std::ofstream(file()) << xml;
    return read_binning(file());
  }
  std::string file() const { return (folder.path() / "binning.xml").string(); }

  std::string refusal(const std::string& xml) {
    try {
      read(xml);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadInput);
      return error.what();
    }
    return "was taken";
  }
};

constexpr const char* kLayer = "<Layer id='0' r_edges='0,4.65,9.3' n_bin_alpha='16'/>";

std::string bins(const std::string& layers) { return "<Bins><Bin pid='22' name='photon'>" + layers + "</Bin></Bins>"; }

TEST_F(Binning, HasTheSizesOfItsLayers) {
  const auto binning = read(
      "<?xml version=\"1.0\"?>\n<!-- <Layer> of old -->\n<Bins>\n  <Bin pid=\"11\" name=\"electron\">\n"
      "  <Layer id=\"0\" r_edges=\"0,4.65, 9.3,13.95\" n_bin_alpha=\"16\" />\n"
      "  <Layer n_bin_alpha = '16' id='1'\n r_edges='0,4.65,9.3,13.95'></Layer>\n  </Bin>\n</Bins>\n");
  EXPECT_EQ(binning.particle, "electron");
  EXPECT_EQ(binning.pdg_code, 11);
  EXPECT_EQ(binning.layers, 2U);
  EXPECT_EQ(binning.angles, 16U);
  EXPECT_EQ(binning.radii, 3U);
  EXPECT_EQ(binning.voxels(), 96U);
  EXPECT_EQ(binning.geometry(), (Geometry{16, 3, 2}));
}

TEST_F(Binning, RadiusRunsFastestThereTheLayerHere) {
  const CylinderBinning binning{"electron", 11, 2, 3, 4};
  EXPECT_EQ(binning.voxel(0, 0, 1), 1U);
  EXPECT_EQ(binning.voxel(0, 1, 0), 4U);
  EXPECT_EQ(binning.voxel(1, 0, 0), 12U);
  EXPECT_EQ(binning.cell(1, 0, 0), 1U);
  EXPECT_EQ(binning.cell(0, 0, 1), 2U);
  EXPECT_EQ(binning.cell(0, 1, 0), 8U);
}

TEST_F(Binning, RefusesWhatIsNoRegularCylinder) {
  EXPECT_NE(
      refusal(bins(std::string(kLayer) + "<Layer id='1' r_edges='0,4.65,9.3' n_bin_alpha='10'/>"))
          .find("layer 1 has 10 x 2 voxels (angle x radius), or other radii than the one before, which has 16 x 2"),
      std::string::npos);
  EXPECT_NE(refusal(bins(std::string(kLayer) + "<Layer id='1' r_edges='0,4.65,9.4' n_bin_alpha='16'/>"))
                .find("or other radii"),
            std::string::npos);
  const std::pair<std::string, std::string> cases[] = {
      {"", "it has no layers"},
      {"<Bins></Bins>", "it has no layers"},
      {"<Bins>", "<Bins> does not end"},
      {"<Bins><Bin pid='11' name='electron'>" + std::string(kLayer), "<Bin> does not end"},
      {"<Bins></Bin>", "it is not XML"},
      {"</Bins>", "it is not XML"},
      {"not XML < at all", "is no binning"},
      {"<Bins", "a tag does not end"},
      {"<!-- ", "a tag does not end"},
      {kLayer, "a layer is of no particle"},
      {"<Bin pid='11' name='electron'/><Bin pid='22' name='photon'/>" + std::string(kLayer), "it has many particles"},
      {bins("<Layer id='0' n_bin_alpha='16'/>"), "a <Layer> has no r_edges"},
      {bins("<Layer r_edges='0,1' n_bin_alpha='x'/>"), "n_bin_alpha \"x\" is no number"},
      {bins("<Layer r_edges='0,1' n_bin_alpha='-1'/>"), "n_bin_alpha \"-1\" is no number"},
      {bins("<Layer r_edges='0,1' n_bin_alpha=16/>"), "it is not XML"},
      {bins("<Layer r_edges='0,1 n_bin_alpha=16/>"), "it is not XML"},
      {bins("<Layer r_edges='0,1,1' n_bin_alpha='1'/>"), "r_edges do not increase"},
      {bins("<Layer r_edges='0,,1' n_bin_alpha='1'/>"), "an edge in r_edges \"\" is no number"},
      {bins("<Layer r_edges='0,4\n65' n_bin_alpha='1'/>"), "an edge in r_edges \"4 65\" is no number"},
      {bins("<Layer r_edges='0,\x1b[2J,1' n_bin_alpha='1'/>"), "it is no UTF-8 text"},
      {bins("<Layer r_edges='0,1' n_bin_alpha='1'/>") + "<!-- \xff -->", "it is no UTF-8 text"},
      {bins("<Layer r_edges='0' n_bin_alpha='1'/>"), "1 x 1 x 0 voxels"},
      {bins("<Layer r_edges='0,1' n_bin_alpha='0'/>"), "1 x 0 x 1 voxels"},
      {bins("<Layer r_edges='0,1' n_bin_alpha='18446744073709551615'/>"), "are possible"},
  };
  for (const auto& [xml, words] : cases) EXPECT_NE(refusal(xml).find(words), std::string::npos) << refusal(xml);
  EXPECT_EQ(read(bins("<Layer r_edges='0,\n\t4.65' n_bin_alpha='16'/>")).radii, 1U);  // lines in a value are blanks
  EXPECT_THROW(read_binning((folder.path() / "nowhere.xml").string()), Error);
}

TEST(MevRest, GivesEveryFloatBack) {
  // All mantissas of the doubling from 1 to 2 MeV, and some of every other one: where 1000 x loses a bit, and where not.
  std::set<int> rests;
  const auto comes_back = [&](std::uint32_t bits) {
    const auto mev = std::bit_cast<float>(bits);
    const auto rest = mev_rest(mev);
    rests.insert(rest);
    return std::bit_cast<std::uint32_t>(mev_of_gev(gev_of_mev(mev), rest)) == bits;
  };
  const auto one = std::bit_cast<std::uint32_t>(1.0F), two = std::bit_cast<std::uint32_t>(2.0F);
  std::uint32_t lost = 0;
  for (std::uint32_t bits = one; bits < two; ++bits) lost += comes_back(bits) ? 0 : 1;
  for (std::uint32_t bits = std::bit_cast<std::uint32_t>(1e-3F); bits < std::bit_cast<std::uint32_t>(1e9F);
       bits += 4099)
    lost += comes_back(bits) ? 0 : 1;
  EXPECT_EQ(lost, 0U);
  EXPECT_EQ(rests, (std::set<int>{-1, 0, 1}));
  EXPECT_EQ(gev_of_mev(250e3F), 250.0F);
  EXPECT_EQ(mev_rest(0.0F), 0);
}

}  // namespace
}  // namespace octocal::data
