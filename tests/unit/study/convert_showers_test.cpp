// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/convert_showers.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/data/shower_reader.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/data/raw_shower_file.hpp"

namespace octocal::study {
namespace {

using test::RawDataset;

/// 3 layers x 4 angles x 2 radii.
class Conversion : public ::testing::Test {
 protected:
  test::TemporaryFolder folder;
  static constexpr std::size_t kVoxels = 24;

  void SetUp() override {
    std::ofstream xml(path("binning.xml"));
    xml << "<Bins><Bin pid='22' name='photon'>";
    for (int layer = 0; layer < 3; ++layer) xml << "<Layer id='" << layer << "' r_edges='0,5,10' n_bin_alpha='4'/>";
    xml << "</Bin></Bins>";
  }

  std::string path(const std::string& name) const { return (folder.path() / name).string(); }

  /// As h5py of a participant would write it; values are float32 in MeV, most voxels zero.
  static std::vector<RawDataset> voxels(std::size_t showers, hid_t type = H5T_IEEE_F32LE) {
    RawDataset energies{"incident_energies", {showers, 1}, {}, type}, cells{"showers", {showers, kVoxels}, {}, type};
    for (std::size_t i = 0; i < showers; ++i) {
      energies.values.push_back(static_cast<float>(1000 + 999.7 * static_cast<double>(i)));
      for (std::size_t v = 0; v < kVoxels; ++v) {
        const bool is_hit = (i + v) % 3 == 0;
        cells.values.push_back(is_hit ? static_cast<float>(0.015 + 1.77 * static_cast<double>((i * 31 + v * 17) % 101))
                                      : 0.0);
      }
    }
    return {energies, cells};
  }

  ConversionResult convert(const std::vector<std::string>& inputs, const std::string& output) {
    ConversionSettings settings;
    for (const auto& input : inputs) settings.inputs.push_back(path(input));
    settings.output = path(output);
    settings.binning = path("binning.xml");
    return convert_showers(settings);
  }

  std::string refusal(const std::vector<std::string>& inputs) {
    try {
      convert(inputs, "refused.h5");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadInput);
      EXPECT_FALSE(std::filesystem::exists(path("refused.h5")));
      return error.what();
    }
    return "was taken";
  }

  /// Read with HDF5 alone, as h5py does.
  struct Voxels {
    std::vector<float> energy_mev, voxels_mev;
  };
  Voxels read_voxels(const std::string& name) {
    const hid_t file = test::made_by_test(H5Fopen(path(name).c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
    Voxels found;
    for (auto& [dataset, values, columns] :
         {std::tuple<const char*, std::vector<float>*, hsize_t>{"incident_energies", &found.energy_mev, 1},
          {"showers", &found.voxels_mev, kVoxels}}) {
      const hid_t opened = test::made_by_test(H5Dopen2(file, dataset, H5P_DEFAULT));
      const hid_t space = test::made_by_test(H5Dget_space(opened));
      hsize_t shape[2] = {0, 0};
      EXPECT_EQ(H5Sget_simple_extent_ndims(space), 2);
      H5Sget_simple_extent_dims(space, shape, nullptr);
      EXPECT_EQ(shape[1], columns);
      values->resize(shape[0] * shape[1]);
      EXPECT_GE(H5Dread(opened, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values->data()), 0);
      H5Sclose(space);
      H5Dclose(opened);
    }
    H5Fclose(file);
    return found;
  }
};

TEST_F(Conversion, PutsEachVoxelWhereItIs) {
  test::write_raw_file(path("a.hdf5"), voxels(2));
  const auto result = convert({"a.hdf5"}, "a.h5");
  EXPECT_FALSE(result.to_voxels);
  EXPECT_EQ(result.showers, 2U);
  EXPECT_EQ(result.dropped, 0U);
  data::ShowerReader reader({path("a.h5")});
  EXPECT_EQ(reader.geometry(), (data::Geometry{4, 2, 3}));
  EXPECT_EQ(reader.attribute("octocal.cylinder"), "layers=3 angles=4 radii=2 particle=photon");
  data::ShowerBatch showers;
  reader.next(showers, 10);
  EXPECT_FLOAT_EQ(showers.energy_gev[1], 1.9997F);
  const auto raw = voxels(2)[1].values;
  for (std::size_t shower = 0; shower < 2; ++shower)
    for (std::size_t layer = 0; layer < 3; ++layer)
      for (std::size_t angle = 0; angle < 4; ++angle)
        for (std::size_t radius = 0; radius < 2; ++radius)
          EXPECT_FLOAT_EQ(showers.cells_gev[((shower * 4 + angle) * 2 + radius) * 3 + layer],
                          static_cast<float>(raw[shower * 24 + layer * 8 + angle * 2 + radius] / 1000));
}

TEST_F(Conversion, EveryBitComesBack) {
  for (const hid_t type : {H5T_IEEE_F32LE, H5T_IEEE_F64LE}) {
    test::write_raw_file(path("a.hdf5"), voxels(70, type));
    test::write_raw_file(path("b.hdf5"), voxels(3));
    convert({"a.hdf5", "b.hdf5"}, "ab.h5");
    const auto back = convert({"ab.h5"}, "back.hdf5");
    EXPECT_TRUE(back.to_voxels);
    EXPECT_TRUE(back.has_rests);
    EXPECT_EQ(back.showers, 73U);
    auto expected = read_voxels("a.hdf5");
    const auto more = read_voxels("b.hdf5"), found = read_voxels("back.hdf5");
    expected.energy_mev.insert(expected.energy_mev.end(), more.energy_mev.begin(), more.energy_mev.end());
    expected.voxels_mev.insert(expected.voxels_mev.end(), more.voxels_mev.begin(), more.voxels_mev.end());
    EXPECT_EQ(found.energy_mev, expected.energy_mev);
    EXPECT_EQ(found.voxels_mev, expected.voxels_mev);
    // And is what was put in, not only the same after reading.
    for (std::size_t v = 0; v < kVoxels; ++v)
      EXPECT_EQ(static_cast<double>(found.voxels_mev[v]), voxels(1)[1].values[v]);
  }
}

TEST_F(Conversion, TellsOfVoxelsThatAreTooSmall) {
  auto raw = voxels(2);
  raw[1].values[0] = 0.0009;
  test::write_raw_file(path("a.hdf5"), raw);
  EXPECT_EQ(convert({"a.hdf5"}, "a.h5").dropped, 1U);
  convert({"a.h5"}, "back.hdf5");
  EXPECT_EQ(read_voxels("back.hdf5").voxels_mev[0], 0.0F);
}

TEST_F(Conversion, OwnShowersHaveNoRests) {
  test::write_raw_file(path("own.h5"),
                       {{"ECAL", {1, 4, 2, 3}, std::vector<double>(24, 0.25)}, {"target", {1, 2}, {11, 20}}});
  const auto result = convert({"own.h5"}, "own.hdf5");
  EXPECT_FALSE(result.has_rests);
  const auto found = read_voxels("own.hdf5");
  EXPECT_EQ(found.energy_mev, std::vector<float>{20000});
  EXPECT_EQ(found.voxels_mev, std::vector<float>(24, 250));
}

TEST_F(Conversion, RefusesWhatDoesNotFit) {
  test::write_raw_file(path("good.hdf5"), voxels(2));
  test::write_raw_file(path("own.h5"), test::right_showers(2));
  EXPECT_NE(refusal({"good.hdf5", "own.h5"}).find("convert them apart"), std::string::npos);
  EXPECT_NE(refusal({"own.h5"}).find("showers of 2 x 2 x 3 cells, the binning has 4 x 2 x 3"), std::string::npos);
  EXPECT_NE(refusal({}).find("no file"), std::string::npos);

  const auto refused = [&](std::vector<RawDataset> raw) {
    test::write_raw_file(path("bad.hdf5"), raw);
    return refusal({"bad.hdf5"});
  };
  auto raw = voxels(2);
  raw[1].shape = {2, 12};
  raw[1].values.resize(24);
  EXPECT_NE(refused(raw).find("`showers` has 12 voxels a shower, the binning 3 x 4 x 2 = 24"), std::string::npos);
  raw = voxels(2);
  raw[0].shape = {1, 2};
  EXPECT_NE(refused(raw).find("`incident_energies` has shape (1, 2), `showers` (2, 24)"), std::string::npos);
  raw = voxels(2);
  raw[1].shape = {2, 3, 8};
  EXPECT_NE(refused(raw).find("`showers` has shape (2, 3, 8)"), std::string::npos);
  EXPECT_NE(refused({voxels(2)[1]}).find("holds neither showers of CaloChallenge"), std::string::npos);
  for (const auto& [value, words] :
       std::vector<std::pair<double, std::string>>{{-0.5, "negative"}, {std::nan(""), "NaN"}, {HUGE_VAL, "infinite"}}) {
    raw = voxels(2);
    raw[1].values[24 + 13] = value;
    EXPECT_NE(refused(raw).find("shower 1: voxel 13 (layer 1, angle 2, radius 1) is " + words), std::string::npos);
    raw = voxels(2);
    raw[0].values[1] = value;
    EXPECT_NE(refused(raw).find("shower 1: its primary energy is " + words), std::string::npos);
  }
  raw = voxels(2);
  for (auto& voxel : raw[1].values) voxel *= 1000;  // keV
  EXPECT_NE(refused(raw).find("showers leave"), std::string::npos);
}

TEST_F(Conversion, DoesNotOverwriteWhatItReads) {
  test::write_raw_file(path("a.hdf5"), voxels(1));
  EXPECT_THROW(convert({"a.hdf5"}, "a.hdf5"), Error);
  EXPECT_THROW(convert({"a.hdf5"}, "binning.xml"), Error);
  EXPECT_EQ(read_voxels("a.hdf5").energy_mev.size(), 1U);
}

}  // namespace
}  // namespace octocal::study
