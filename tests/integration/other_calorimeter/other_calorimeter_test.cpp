// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "integration/bad_input/program_run.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/data/cylinder_binning.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/data/voxel_reader.hpp"
#include "octocal/data/voxel_writer.hpp"
#include "unit/train/synthetic_showers.hpp"

namespace octocal {
namespace {

const std::string kNetworks = std::string(OCTOCAL_SOURCE_DIR) + "/examples/networks/";
const data::Geometry kGeometry{9, 9, 12};  // of small.toml

/// A number in [0, 1) that hangs on `number` alone.
float uniform_at(std::uint64_t number) {
  std::uint64_t bits = (number + 1) * 0x9E3779B97F4A7C15U;
  bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
  return static_cast<float>((bits ^ (bits >> 27U)) >> 40U) / static_cast<float>(1U << 24U);
}

class OtherCalorimeter : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string("octocal_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  /// Runs the program, which must succeed; what it says on stdout.
  static std::string run(const std::vector<std::string>& arguments) {
    const auto result = test::run_octocal(arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments[0] << ": " << result.err;
    return result.out;
  }

  std::filesystem::path folder_;
};

TEST_F(OtherCalorimeter, GoesTheWholeWay) {
  const auto showers = train::write_synthetic_showers(folder_ / "geant4", 80, 3, kGeometry);
  // Recipe paper puts out a ReLU, and so can be exported, from its third epoch on: 80 showers in batches of 16.
  run({"train",
       "--data",
       showers,
       "--network",
       kNetworks + "small.toml",
       "--recipe",
       "paper",
       "--steps",
       "16",
       "--steps-per-epoch",
       "16",
       "--batch",
       "16",
       "--judged-showers",
       "16",
       "--threads",
       "1",
       "--out",
       file("run"),
       "--calibration-showers",
       "32",
       "--export",
       file("float32.onnx"),
       "--quiet"});
  ASSERT_TRUE(std::filesystem::exists(file("float32.onnx")));
  run({"quantize", "--model", file("float32.onnx"), "-o", file("int8.onnx"), "--calibration-showers", "32",
       "--check-showers", "16", "--quiet"});
  run({"generate", "--model", file("int8.onnx"), "--energy", showers, "-o", file("made.h5"), "--quiet"});
  data::ShowerReader reader({file("made.h5")});
  EXPECT_EQ(reader.geometry(), kGeometry);
  EXPECT_EQ(reader.size(), 80u);

  run({"validate", "--reference", showers, "--model", file("float32.onnx"), "--model", file("int8.onnx"), "--sample",
       file("made.h5"), "--json", file("validation.json"), "--quiet"});
  const auto validation = nlohmann::json::parse(read_text_file(file("validation.json")));
  EXPECT_EQ(validation.at("geometry"), nlohmann::json({9, 9, 12}));
  for (const auto& sample : validation.at("samples")) {
    EXPECT_EQ(sample.at("profiles").at("y").at("mean").size(), 9u) << sample.at("name");
    EXPECT_EQ(sample.at("profiles").at("z").at("mean").size(), 12u) << sample.at("name");
  }
  run({"report", file("validation.json"), "-o", file("report"), "--quiet"});
  EXPECT_TRUE(std::filesystem::exists(folder_ / "report" / "index.html"));
  EXPECT_NE(run({"inspect", file("int8.onnx")}).find("9x9x12"), std::string::npos);
}

TEST_F(OtherCalorimeter, GoesFromCaloChallengeAndBack) {
  // Showers of 6 layers x 8 angles x 4 radii as CaloChallenge has them: MeV, the radius runs fastest.
  std::string xml = "<Bins><Bin pid='11' name='electron'>";
  for (int layer = 0; layer < 6; ++layer) xml += "<Layer id='0' r_edges='0,5,10,15,20' n_bin_alpha='8'/>";
  write_text_file(file("binning.xml"), xml + "</Bin></Bins>");
  const auto binning = data::read_binning(file("binning.xml"));
  data::VoxelWriter writer(file("dataset.hdf5"), binning.voxels());
  for (std::uint64_t shower = 0; shower < 120; ++shower) {
    const auto uniform = [&](std::uint64_t number) { return uniform_at(shower * 1000 + number); };
    const float energy = 1000 + 9000 * uniform(999);
    std::vector<float> voxels(binning.voxels());
    for (std::size_t layer = 0; layer < 6; ++layer)
      for (std::size_t angle = 0; angle < 8; ++angle)
        for (std::size_t radius = 0; radius < 4; ++radius) {
          const auto voxel = binning.voxel(layer, angle, radius);
          const float mean = 0.1F * energy * std::exp(-1.2F * static_cast<float>(radius)) / 8;
          voxels[voxel] = uniform(voxel) < 0.2F ? 0.0F : mean * (0.1F + 1.8F * uniform(voxel + 200));
        }
    writer.append(std::vector<float>{energy}, voxels);
  }
  writer.finish();
  write_text_file(file("network.toml"),
                  "architecture = 'cells'\nimage = [8, 4, 6]\n[profile]\nleading = 4\nhidden = 8\n"
                  "[cells]\ntrunk = 8\ntrunk_layers = 1\nhead = 8\nstatistics = 4\nbins = 16\n");
  const auto convert = [&](const std::string& from, const std::string& to) {
    run({"convert", "--binning", file("binning.xml"), file(from), "-o", file(to), "--quiet"});
  };
  convert("dataset.hdf5", "dataset.h5");
  run({"train",
       "--data",
       file("dataset.h5"),
       "--network",
       file("network.toml"),
       "--steps",
       "4",
       "--steps-per-epoch",
       "4",
       "--profile-steps",
       "4",
       "--batch",
       "8",
       "--judged-showers",
       "16",
       "--calibration-showers",
       "16",
       "--threads",
       "1",
       "--out",
       file("run"),
       "--export",
       file("float32.onnx"),
       "--quiet"});
  run({"generate", "--model", file("float32.onnx"), "--energy", file("dataset.h5"), "-o", file("made.h5"), "--quiet"});
  convert("made.h5", "made.hdf5");
  data::VoxelReader made(file("made.hdf5"), binning), given(file("dataset.hdf5"), binning);
  data::VoxelBatch made_showers, given_showers;
  made.next(made_showers, 1000);
  given.next(given_showers, 1000);
  ASSERT_EQ(made_showers.size(), 120u);
  for (std::size_t i = 0; i < 120; ++i) EXPECT_FLOAT_EQ(made_showers.energy_mev[i], given_showers.energy_mev[i]);
  EXPECT_GT(*std::max_element(made_showers.voxels_mev.begin(), made_showers.voxels_mev.end()), 1);  // MeV, not GeV
}

TEST_F(OtherCalorimeter, PrintsTheDefaultNetworkAsAFileThatCanBeGivenBack) {
  const auto paper = run({"train", "--recipe", "paper", "--dump-network"});
  EXPECT_EQ("# SPDX-License-Identifier: Apache-2.0\n" + paper, read_text_file(kNetworks + "paper.toml"));
  const auto text = run({"train", "--dump-network"});
  EXPECT_NE(text.find("architecture = \"cells\""), std::string::npos) << text;
  write_text_file(file("network.toml"), text);
  EXPECT_EQ(run({"train", "--network", file("network.toml"), "--dump-network"}), text);
}

TEST_F(OtherCalorimeter, RefusesANetworkThatDoesNotFitInOneSentence) {
  const auto showers = train::write_synthetic_showers(folder_ / "geant4", 10, 3, kGeometry);
  write_text_file(file("network.toml"), "image = [9, 9, 12]\ncube = [3, 3, 4]\n");
  const auto result = test::run_octocal(
      {"train", "--data", showers, "--network", file("network.toml"), "--out", file("run"), "--quiet"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(
      result.err.find("network.toml: layer conv7 ends the branches with 13 pixels along x, the image has 9 cells"),
      std::string::npos)
      << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_FALSE(std::filesystem::exists(file("run")));
}

}  // namespace
}  // namespace octocal
