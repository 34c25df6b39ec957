// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "integration/bad_input/bad_input_fixture.hpp"
#include "unit/data/raw_shower_file.hpp"

namespace octocal::test {
namespace {

/// Right showers of the CLIC window, for a test to spoil.
std::vector<RawDataset> window_showers(std::size_t n) {
  RawDataset ecal{"ECAL", {n, 25, 25, 25}, std::vector<double>(n * 15625, 1e-4), H5T_IEEE_F32LE};
  RawDataset target{"target", {n, 2}, {}, H5T_IEEE_F32LE};
  for (std::size_t i = 0; i < n; ++i)
    target.values.insert(target.values.end(), {11, 150.0 + 25.0 * static_cast<double>(i)});
  return {ecal, target};
}

class BadShowers : public BadInput {
 protected:
  /// Expects every verb that reads showers to refuse the file, naming it.
  void expect_all_refuse(const std::string& part) {
    for (const auto& command : commands_with_showers(bad_)) expect_refused(command, {bad_ + ": ", part});
  }
  void expect_all_refuse(const std::vector<RawDataset>& datasets, const std::string& part) {
    write_raw_file(bad_, datasets);
    expect_all_refuse(part);
  }
  /// The same, and every verb that takes energies or a reference from such files.
  void expect_every_verb_refuses(const std::string& part) {
    expect_all_refuse(part);
    const std::vector<std::vector<std::string>> more = {
        {"pack", "--data", bad_, "--out", path("out.pack")},
        {"generate", "--model", model_, "--energy", bad_, "-o", output_},
        {"quantize", "--model", model_, "--calibration-data", bad_, "-o", path("out.onnx")},
        {"tune", "--model", model_, "--reference", bad_, "-o", path("out.onnx")}};
    for (const auto& command : more) expect_refused(command, {bad_ + ": ", part});
  }
  const std::string bad_ = path("bad.h5");
};

TEST_F(BadShowers, MissingFile) {
  expect_all_refuse("no such file");
  expect_refused({"generate", "--model", model_, "--energy", bad_, "-o", output_}, {bad_ + ": no such file"});
  expect_refused({"generate", "--model", model_, "--latents", bad_, "-o", output_}, {bad_ + ": no such file"});
  expect_refused({"info", path("*.hdf5")}, {path("*.hdf5") + ": no file matches"});
}

TEST_F(BadShowers, NotHdf5) {
  std::ofstream(bad_) << "energy,cells\n";
  for (const auto& command : commands_with_showers(bad_))
    // compare takes models, too, and what is not HDF5 for one of them.
    expect_refused(command, {bad_ + ": ", command.front() == "compare" ? "not an ONNX model" : "is not an HDF5 file"});
  expect_refused({"generate", "--model", model_, "--energy", bad_, "-o", output_}, {bad_ + ": is not an HDF5 file"});
}

TEST_F(BadShowers, TruncatedFile) {
  std::filesystem::copy_file(showers_, bad_);
  std::filesystem::resize_file(bad_, std::filesystem::file_size(bad_) / 2);
  expect_all_refuse("truncated");
}

TEST_F(BadShowers, DatasetAbsentOrOfTheWrongShape) {
  auto showers = window_showers(4);
  expect_all_refuse({showers[0]}, "no dataset `target`");
  expect_all_refuse({showers[1]}, "no dataset `ECAL`");
  showers[0].shape = {4, 25, 625};
  expect_all_refuse(showers, "rank 3, shape (4, 25, 625), expected rank 4");
  showers = window_showers(4);
  showers[1].shape = {8, 1};
  expect_all_refuse(showers, "`target` has shape (8, 1), expected (N, >= 2)");
}

TEST_F(BadShowers, NanInfiniteAndNegativeCells) {
  auto showers = window_showers(4);
  auto& cell = showers[0].values[2 * 15625 + 3];
  cell = std::nan("");
  expect_all_refuse(showers, "shower 2: cell (0, 0, 3) is NaN");
  cell = std::numeric_limits<double>::infinity();
  expect_all_refuse(showers, "shower 2: cell (0, 0, 3) is infinite");
  cell = -0.5;
  expect_all_refuse(showers, "shower 2: cell (0, 0, 3) is negative");
}

TEST_F(BadShowers, ImpossibleEnergies) {
  auto showers = window_showers(4);
  showers[1].values[3] = -150;
  expect_all_refuse(showers, "shower 1: its primary energy is negative");
  expect_refused({"generate", "--model", model_, "--energy", bad_, "-o", output_},
                 {bad_ + ": shower 1: its primary energy is negative"});
}

TEST_F(BadShowers, ZeroShowers) { expect_all_refuse(window_showers(0), "holds no showers"); }

TEST_F(BadShowers, UnitsThatCannotBe) {
  auto showers = window_showers(4);
  for (auto& cell : showers[0].values) cell = 0.4;  // MeV
  write_raw_file(bad_, showers);
  expect_every_verb_refuses("likely because the cells are in MeV and the energies in GeV");
  for (auto& cell : showers[0].values) cell = 0.04;  // 100 times GeV
  write_raw_file(bad_, showers);
  expect_all_refuse("likely because the cells are multiplied by 100");
}

TEST_F(BadShowers, SourceOfAVirtualDatasetIsMissing) {
  auto showers = window_showers(4);
  const hid_t creation = made_by_test(H5Pcreate(H5P_DATASET_CREATE));
  const hid_t space = made_by_test(H5Screate_simple(4, showers[0].shape.data(), nullptr));
  made_by_test(H5Pset_virtual(creation, space, "run0.h5", "ECAL", space));
  showers[0].values.clear();
  showers[0].creation = creation;
  write_raw_file(bad_, showers);
  H5Sclose(space);
  H5Pclose(creation);
  expect_every_verb_refuses("`ECAL` of run0.h5, which is not there");
}

TEST_F(BadShowers, NothingButEmptyShowers) {
  auto showers = window_showers(4);
  std::fill(showers[0].values.begin(), showers[0].values.end(), 0.0);
  write_raw_file(bad_, showers);
  expect_every_verb_refuses("all of its 4 showers are empty");
}

TEST_F(BadShowers, SomeEmptyShowersAreWarnedOfOnce) {
  auto showers = window_showers(4);
  std::fill_n(showers[0].values.begin() + 2 * 15625, 15625, 0.0);
  write_raw_file(bad_, showers);
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"info", bad_}, {"pack", "--data", bad_, "--out", path("out.pack")}, {"compare", bad_, bad_}}) {
    const auto ran = run_octocal(command);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    const auto first = ran.err.find("warning: " + bad_ + ": shower 2 is empty");
    EXPECT_NE(first, std::string::npos) << ran.err;
    EXPECT_EQ(ran.err.find("is empty", first + 1 + bad_.size() + 40), std::string::npos) << ran.err;
  }
}

TEST_F(BadShowers, FileWithoutLatents) {
  expect_refused({"generate", "--model", model_, "--latents", showers_, "-o", output_},
                 {showers_ + ": has no dataset `latent`", "--keep-latents"});
}

}  // namespace
}  // namespace octocal::test
