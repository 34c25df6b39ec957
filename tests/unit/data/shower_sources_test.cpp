// SPDX-License-Identifier: Apache-2.0
// Showers whose numbers lie elsewhere, are packed by filters that are not installed, or were never written.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "octocal/base/error.hpp"
#include "octocal/data/shower_reader.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/data/raw_shower_file.hpp"

namespace octocal::data {
namespace {

using test::made_by_test;
using test::right_showers;
using test::write_raw_file;

class ShowerSources : public ::testing::Test {
 protected:
  /// All showers of the file, or what the reader says of it.
  std::string read(ShowerBatch& batch) const {
    ::testing::internal::CaptureStderr();
    std::string refusal;
    try {
      ShowerReader reader({file_});
      reader.read(0, reader.size(), batch);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      refusal = error.what();
    }
    warnings_ = ::testing::internal::GetCapturedStderr();
    return refusal;
  }
  void expect_refusal(const std::vector<std::string>& parts) const {
    ShowerBatch batch;
    const auto message = read(batch);
    EXPECT_EQ(message.find(file_ + ": "), 0U) << message;
    for (const auto& part : parts) EXPECT_NE(message.find(part), std::string::npos) << part << " in " << message;
  }

  /// A file whose ECAL is made of the showers of two others, `a.h5` and `b.h5` in the folder `in`.
  void write_virtual(const std::string& in, std::size_t each = 2) const {
    const hid_t creation = made_by_test(H5Pcreate(H5P_DATASET_CREATE));
    const hsize_t all[] = {2 * each, 2, 2, 3}, part[] = {each, 2, 2, 3};
    const hid_t space = made_by_test(H5Screate_simple(4, all, nullptr));
    const hid_t source = made_by_test(H5Screate_simple(4, part, nullptr));
    for (std::size_t i = 0; i < 2; ++i) {
      const hsize_t start[] = {i * each, 0, 0, 0};
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, part, nullptr);
      const auto name = in + (i == 0 ? "a.h5" : "b.h5");
      made_by_test(H5Pset_virtual(creation, space, name.c_str(), "ECAL", source));
    }
    auto showers = right_showers(2 * each);
    showers[0].creation = creation;
    showers[0].values.clear();
    write_raw_file(file_, showers);
    H5Sclose(source);
    H5Sclose(space);
    H5Pclose(creation);
  }

  /// A list of creation properties with chunks of `rows` showers.
  static hid_t chunks_of(hsize_t rows) {
    const hid_t creation = made_by_test(H5Pcreate(H5P_DATASET_CREATE));
    const hsize_t chunk[] = {rows, 2, 2, 3};
    H5Pset_chunk(creation, 4, chunk);
    return creation;
  }

  const octocal::test::TemporaryFolder folder_;
  const std::string file_ = folder_.file("all.h5");
  mutable std::string warnings_;
};

TEST_F(ShowerSources, ReadsAVirtualDatasetWhoseSourcesAreThere) {
  write_raw_file(folder_.file("a.h5"), right_showers(2));
  write_raw_file(folder_.file("b.h5"), right_showers(2));
  write_virtual("");
  ShowerBatch batch;
  EXPECT_EQ(read(batch), "");
  EXPECT_EQ(warnings_, "");
  ASSERT_EQ(batch.size(), 4U);
  EXPECT_EQ(batch.shower(2)[0], 0.001F);  // shower 0 of b.h5
  EXPECT_EQ(batch.shower(3)[11], 0.024F);
}

TEST_F(ShowerSources, NamesTheSourceOfAVirtualDatasetThatIsMissing) {
  write_raw_file(folder_.file("a.h5"), right_showers(2));
  write_virtual("");
  expect_refusal({"`ECAL` is virtual", "`ECAL` of b.h5, which is not there", "; copy it along"});
  write_virtual("/nowhere/runs/");  // an absolute name: HDF5 then looks for the last part of it beside the file
  expect_refusal({"/nowhere/runs/b.h5, which is not there"});
  write_raw_file(folder_.file("b.h5"), right_showers(2));
  ShowerBatch batch;
  EXPECT_EQ(read(batch), "");
}

TEST_F(ShowerSources, LooksIntoTheSourcesOfAVirtualDataset) {
  write_raw_file(folder_.file("a.h5"), right_showers(2));
  write_raw_file(folder_.file("b.h5"), {right_showers(2)[1]});
  write_virtual("");
  expect_refusal({folder_.file("b.h5") + ", which has no such dataset"});
  write_raw_file(folder_.file("b.h5"), right_showers(1));
  expect_refusal({"takes more from `ECAL` of b.h5 than is there (shape (1, 2, 2, 3))"});
  std::ofstream(folder_.file("b.h5")) << "no HDF5";
  expect_refusal({folder_.file("b.h5") + ", which cannot be opened"});
}

TEST_F(ShowerSources, RefusesAVirtualDatasetOfItself) {
  const hid_t creation = made_by_test(H5Pcreate(H5P_DATASET_CREATE));
  const hsize_t all[] = {2, 2, 2, 3};
  const hid_t space = made_by_test(H5Screate_simple(4, all, nullptr));
  made_by_test(H5Pset_virtual(creation, space, ".", "ECAL", space));
  auto showers = right_showers(2);
  showers[0].creation = creation;
  showers[0].values.clear();
  write_raw_file(file_, showers);
  H5Sclose(space);
  H5Pclose(creation);
  expect_refusal({"virtual datasets without end"});
}

TEST_F(ShowerSources, NamesTheRawDataFileThatIsMissingOrShort) {
  const auto raw = folder_.file("cells.raw");
  const hid_t creation = made_by_test(H5Pcreate(H5P_DATASET_CREATE));
  made_by_test(H5Pset_external(creation, raw.c_str(), 8, H5F_UNLIMITED));
  auto showers = right_showers(2);
  showers[0].creation = creation;
  write_raw_file(file_, showers);
  H5Pclose(creation);
  ShowerBatch batch;
  EXPECT_EQ(read(batch), "");
  EXPECT_EQ(batch.shower(1)[11], 0.024F);
  std::filesystem::resize_file(raw, 8 + 2 * 12 * 4 - 1);
  expect_refusal({"96 bytes of `ECAL` lie in " + raw + " from byte 8 on, which has 103 bytes"});
  std::filesystem::remove(raw);
  expect_refusal({"the numbers of `ECAL` lie in " + raw + ", which is not there", "HDF5_EXTFILE_PREFIX"});
}

/// Plays a filter that exists where the file is written, and not where it is read.
std::size_t pass_through(unsigned, std::size_t, const unsigned*, std::size_t bytes, std::size_t*, void**) {
  return bytes;
}

TEST_F(ShowerSources, NamesTheFilterThatIsNotInstalledWhenTheFileIsOpened) {
  struct Case {
    H5Z_filter_t number;
    const char* own_name;
    std::vector<std::string> parts;
  };
  const std::vector<Case> cases = {
      {32000, "lzf", {"`ECAL` is packed with the filter LZF (number 32000)", "not installed", "h5py"}},
      {32015, "Zstandard; see https://", {"the filter Zstandard (number 32015)", "h5repack", "HDF5_PLUGIN_PATH"}},
      {400, "own; see there", {"the filter own (number 400)", "HDF5_PLUGIN_PATH"}}};
  for (const auto& [number, own_name, parts] : cases) {
    const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, number, 1, 1, own_name, nullptr, nullptr, pass_through};
    made_by_test(H5Zregister(&filter));
    const hid_t creation = chunks_of(2);
    made_by_test(H5Pset_filter(creation, number, H5Z_FLAG_MANDATORY, 0, nullptr));
    auto showers = right_showers(4);
    showers[0].creation = creation;
    write_raw_file(file_, showers);
    H5Pclose(creation);
    ShowerBatch batch;
    EXPECT_EQ(read(batch), "");
    made_by_test(H5Zunregister(number));
    expect_refusal(parts);
    EXPECT_THROW(ShowerReader({file_}).energies(), Error);  // at once, not at the first cell
  }
}

TEST_F(ShowerSources, WarnsOfShowersThatWereNeverWritten) {
  // A job that made room for six showers and was killed after four.
  const hid_t creation = chunks_of(2);
  auto showers = right_showers(6);
  showers[0].values.clear();
  showers[0].creation = creation;
  const auto empty = showers[0];
  showers.erase(showers.begin());
  write_raw_file(file_, showers);
  const hid_t opened = made_by_test(H5Fopen(file_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
  const hid_t space = made_by_test(H5Screate_simple(4, empty.shape.data(), nullptr));
  const hid_t dataset =
      made_by_test(H5Dcreate2(opened, "ECAL", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
  H5Fflush(opened, H5F_SCOPE_GLOBAL);
  std::filesystem::copy_file(file_, folder_.file("none.h5"));
  const hsize_t start[] = {0, 0, 0, 0}, count[] = {4, 2, 2, 3};
  H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, count, nullptr);
  const hid_t memory = made_by_test(H5Screate_simple(4, count, nullptr));
  const auto values = right_showers(4)[0].values;
  made_by_test(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values.data()));
  for (const auto close : {H5Sclose(memory), H5Dclose(dataset), H5Sclose(space), H5Fclose(opened), H5Pclose(creation)})
    made_by_test(close);

  ShowerBatch batch;
  EXPECT_EQ(read(batch), "");
  EXPECT_EQ(batch.size(), 6U);
  EXPECT_NE(warnings_.find("`ECAL` was not written to its end (1 of its 3 chunks are missing, from shower 4 on:"),
            std::string::npos)
      << warnings_;
  EXPECT_EQ(std::count(warnings_.begin(), warnings_.end(), '\n'), 1) << warnings_;

  std::filesystem::rename(folder_.file("none.h5"), file_);
  expect_refusal({"all of its 6 showers are empty"});
}

TEST_F(ShowerSources, WarnsOfTheFirstEmptyShowerAndRefusesFilesOfNothingElse) {
  auto showers = right_showers(40);
  std::fill_n(showers[0].values.begin() + 7 * 12, 2 * 12, 1e-7);
  write_raw_file(file_, showers);
  ShowerBatch batch;
  EXPECT_EQ(read(batch), "");
  EXPECT_NE(warnings_.find("shower 7 is empty (no cell reaches 1e-06 GeV)"), std::string::npos) << warnings_;
  EXPECT_EQ(std::count(warnings_.begin(), warnings_.end(), '\n'), 1) << warnings_;

  // The first showers that are looked at say nothing, a later one does.
  std::fill_n(showers[0].values.begin(), 39 * 12, 0.0);
  write_raw_file(file_, showers);
  EXPECT_EQ(read(batch), "");
  std::fill(showers[0].values.begin(), showers[0].values.end(), 0.0);
  write_raw_file(file_, showers);
  expect_refusal({"all of its 40 showers are empty", "; give a file with showers"});
}

}  // namespace
}  // namespace octocal::data
