// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/shower_reader.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/data/raw_shower_file.hpp"

namespace octocal::data {
namespace {

using test::right_showers;
using test::write_raw_file;

class ShowerReaderTest : public ::testing::Test {
 protected:
  /// A file of n right showers.
  std::string file_of(const std::string& name, std::size_t n) {
    write_raw_file(folder_.file(name), right_showers(n));
    return folder_.file(name);
  }
  octocal::test::TemporaryFolder folder_;
};

float cell_of(std::size_t shower, std::size_t cell) {
  return static_cast<float>(static_cast<double>((shower + 1) * (cell + 1)) / 1000);
}

TEST_F(ShowerReaderTest, ReadsEnergiesAndCellsInOrder) {
  ShowerReader reader({file_of("a.h5", 3)});
  EXPECT_EQ(reader.size(), 3U);
  EXPECT_EQ(reader.geometry(), (Geometry{2, 2, 3}));
  ShowerBatch batch;
  ASSERT_TRUE(reader.next(batch, 10));
  ASSERT_EQ(batch.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(batch.energy_gev[i], 100.0F + static_cast<float>(i));
    for (std::size_t c = 0; c < 12; ++c) EXPECT_EQ(batch.shower(i)[c], cell_of(i, c));
  }
  EXPECT_FALSE(reader.next(batch, 10));
  reader.rewind();
  EXPECT_TRUE(reader.next(batch, 10));
}

TEST_F(ShowerReaderTest, ReadsSeveralFilesAsOneSampleAcrossTheirBorders) {
  ShowerReader reader({file_of("a.h5", 5), file_of("b.h5", 2), file_of("c.h5", 4)});
  EXPECT_EQ(reader.size(), 11U);
  EXPECT_EQ(reader.sizes(), (std::vector<std::size_t>{5, 2, 4}));
  const std::vector<std::size_t> expected = {0, 1, 2, 3, 4, 0, 1, 0, 1, 2, 3};
  for (const std::size_t chunk : {1U, 2U, 3U, 4U, 7U, 11U, 100U}) {
    reader.rewind();
    std::vector<float> first_cells;
    ShowerBatch batch;
    while (reader.next(batch, chunk))
      for (std::size_t i = 0; i < batch.size(); ++i) first_cells.push_back(batch.shower(i)[0]);
    ASSERT_EQ(first_cells.size(), expected.size()) << chunk;
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(first_cells[i], cell_of(expected[i], 0)) << chunk;
  }
  ShowerBatch middle;
  reader.read(4, 4, middle);  // the last of a, all of b, the first of c
  EXPECT_EQ(middle.energy_gev, (std::vector<float>{104, 100, 101, 100}));
  EXPECT_EQ(reader.energies(), (std::vector<float>{100, 101, 102, 103, 104, 100, 101, 100, 101, 102, 103}));
}

TEST_F(ShowerReaderTest, SetsCellsBelowTheThresholdToZero) {
  auto showers = right_showers(1);
  showers[0].values[3] = 0.99e-6;
  showers[0].values[4] = 1.01e-6;
  write_raw_file(folder_.file("a.h5"), showers);
  ShowerReader reader({folder_.file("a.h5")});
  ShowerBatch batch;
  reader.read(0, 1, batch);
  EXPECT_EQ(batch.shower(0)[3], 0.0F);
  EXPECT_EQ(batch.shower(0)[4], 1.01e-6F);
}

TEST_F(ShowerReaderTest, ReadsDoublesAndMoreTargetColumns) {
  auto showers = right_showers(2);
  showers[0].type = H5T_IEEE_F64LE;
  showers[1] = {"target", {2, 3}, {11, 100, 7, 22, 101, 8}, H5T_IEEE_F64BE};
  write_raw_file(folder_.file("a.h5"), showers);
  ShowerReader reader({folder_.file("a.h5")});
  ShowerBatch batch;
  reader.read(0, 2, batch);
  EXPECT_EQ(batch.energy_gev, (std::vector<float>{100, 101}));
  EXPECT_EQ(batch.shower(1)[11], cell_of(1, 11));
}

TEST_F(ShowerReaderTest, ServesSeveralThreadsWithAReaderEach) {
  const auto file = file_of("a.h5", 200);
  std::vector<double> sums(4);
  std::vector<std::thread> threads;
  for (auto& sum : sums)
    threads.emplace_back([&] {
      ShowerReader reader({file});
      ShowerBatch batch;
      while (reader.next(batch, 3))
        for (const float cell : batch.cells_gev) sum += static_cast<double>(cell);
    });
  for (auto& thread : threads) thread.join();
  for (const double sum : sums) EXPECT_NEAR(sum, 78 * 200 * 201 / 2 / 1000.0, 1e-3);  // 1 + ... + 12 = 78
}

TEST_F(ShowerReaderTest, MemoryDoesNotGrowWithTheFile) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep freed memory";
#endif
  // 4,000 showers of 50,000 cells are 800 MB of float32 in memory and, never written, nothing on disk.
  test::RawDataset target{"target", {4000, 2}, {}, H5T_IEEE_F32LE};
  for (std::size_t i = 0; i < 4000; ++i) target.values.insert(target.values.end(), {11, 250});
  write_raw_file(folder_.file("big.h5"), {target});
  const hid_t file = H5Fopen(folder_.file("big.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hsize_t shape[4] = {4000, 50, 50, 20};
  const hsize_t chunk[4] = {4, 50, 50, 20};
  const hid_t space = H5Screate_simple(4, shape, nullptr);
  const hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(layout, 4, chunk);
  const float cell = 1e-4F;  // of every shower
  H5Pset_fill_value(layout, H5T_NATIVE_FLOAT, &cell);
  H5Dclose(H5Dcreate2(file, "ECAL", H5T_IEEE_F32LE, space, H5P_DEFAULT, layout, H5P_DEFAULT));
  H5Pclose(layout);
  H5Sclose(space);
  H5Fclose(file);

  const std::size_t before = peak_memory_bytes();
  ShowerReader reader({folder_.file("big.h5")});
  ShowerBatch batch;
  std::size_t showers = 0;
  while (reader.next(batch, 50)) showers += batch.size();
  EXPECT_EQ(showers, 4000U);
  EXPECT_LT(peak_memory_bytes() - before, 64U << 20U);
}

TEST_F(ShowerReaderTest, ReadsTextAttributesOfTheFirstFile) {
  const auto name = file_of("a.h5", 1);
  const hid_t file = H5Fopen(name.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t scalar = H5Screate(H5S_SCALAR);
  const hid_t fixed = H5Tcopy(H5T_C_S1);
  H5Tset_size(fixed, 16);
  const hid_t text = H5Acreate2(file, "made by", fixed, scalar, H5P_DEFAULT, H5P_DEFAULT);
  const char value[16] = "Geant4";
  H5Awrite(text, fixed, value);
  const hid_t number = H5Acreate2(file, "number", H5T_NATIVE_INT, scalar, H5P_DEFAULT, H5P_DEFAULT);
  H5Aclose(text);
  H5Aclose(number);
  H5Tclose(fixed);
  H5Sclose(scalar);
  H5Fclose(file);
  ShowerReader reader({name});
  EXPECT_EQ(reader.attribute_names(), std::vector<std::string>{"made by"});
  EXPECT_EQ(reader.attribute("made by"), "Geant4");
  EXPECT_EQ(reader.attribute("number"), "");
  EXPECT_EQ(reader.attribute("absent"), "");
}

TEST_F(ShowerReaderTest, ReadsLatentsInPieces) {
  auto showers = right_showers(3);
  showers.push_back({"latent", {3, 2}, {1, 2, 3, 4, 5, 6}, H5T_IEEE_F32LE});
  write_raw_file(folder_.file("a.h5"), showers);
  const auto all = read_latents(folder_.file("a.h5"));
  EXPECT_EQ(all.columns, 2U);
  EXPECT_EQ(all.values, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(all.energy_gev, (std::vector<float>{100, 101, 102}));
  const auto end = read_latents(folder_.file("a.h5"), 2, 5);
  EXPECT_EQ(end.values, (std::vector<float>{5, 6}));
  EXPECT_EQ(end.energy_gev, std::vector<float>{102});
}

TEST_F(ShowerReaderTest, LeavesNoHandleOpen) {
  const auto file = file_of("a.h5", 3);
  const auto wrong = folder_.file("wrong.h5");
  write_raw_file(wrong, {right_showers(3)[0]});
  const auto open_handles = [] { return H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL); };
  {
    ShowerReader reader({file, file_of("b.h5", 2)});
    ShowerBatch batch;
    while (reader.next(batch, 2)) {
    }
    reader.attribute("absent");
    EXPECT_THROW(ShowerReader({file, wrong}), Error);
    EXPECT_THROW(read_latents(file), Error);
    EXPECT_GT(open_handles(), 0);
  }
  EXPECT_EQ(open_handles(), 0);
}

TEST_F(ShowerReaderTest, ExpandsGlobsSortedAndOnce) {
  for (const char* name : {"b.h5", "a.h5", "c.txt", "x[1].h5"}) std::ofstream(folder_.file(name)) << "";
  const auto in_folder = [&](std::vector<std::string> names) {
    for (auto& name : names) name = folder_.file(name);
    return names;
  };
  EXPECT_EQ(expand_shower_files(in_folder({"[ab].h5"})), in_folder({"a.h5", "b.h5"}));
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(expand_shower_files(in_folder({"b.h5", "?.h5"})), in_folder({"b.h5", "a.h5"}));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "octocal: warning: " + folder_.file("b.h5") + ": is named twice, and is taken once\n");
  // Whatever it is called.
  std::filesystem::create_symlink("a.h5", folder_.file("link.h5"));
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(expand_shower_files(in_folder({"a.h5", "./a.h5", "link.h5", "b.h5"})), in_folder({"a.h5", "b.h5"}));
  const auto warnings = ::testing::internal::GetCapturedStderr();
  for (const char* name : {"./a.h5", "link.h5"})
    EXPECT_NE(warnings.find(folder_.file(name) + ": is the same file as " + folder_.file("a.h5")), std::string::npos)
        << warnings;
  std::filesystem::remove(folder_.file("link.h5"));
  EXPECT_EQ(expand_shower_files(in_folder({"x[1].h5"})), in_folder({"x[1].h5"}));  // a name, not a pattern
  EXPECT_EQ(expand_shower_files(in_folder({"absent.h5"})), in_folder({"absent.h5"}));
  EXPECT_THROW(expand_shower_files(in_folder({"*.hdf5"})), Error);
}

TEST_F(ShowerReaderTest, TakesBracketsInFolderNamesLiterallyWhereTheFolderIsThere) {
  for (const char* folder : {"[run 3]", "r", "run 4", "run 5"}) {
    std::filesystem::create_directory(folder_.file(folder));
    for (const char* name : {"a.h5", "b.h5"}) std::ofstream(folder_.file(folder) + "/" + name) << "";
  }
  std::ofstream(folder_.file("[run 3]/x[1].h5")) << "";
  const auto in_folder = [&](std::vector<std::string> names) {
    for (auto& name : names) name = folder_.file(name);
    return names;
  };
  EXPECT_EQ(expand_shower_files(in_folder({"[run 3]/a.h5"})), in_folder({"[run 3]/a.h5"}));
  EXPECT_EQ(expand_shower_files(in_folder({"[run 3]/?.h5"})), in_folder({"[run 3]/a.h5", "[run 3]/b.h5"}));
  EXPECT_EQ(expand_shower_files(in_folder({"[run 3]/x[1].h5"})), in_folder({"[run 3]/x[1].h5"}));
  EXPECT_EQ(expand_shower_files(in_folder({"[run 3]//x[[]*"})), in_folder({"[run 3]//x[1].h5"}));
  // Where no such folder is, brackets are a pattern, also in the middle of a path.
  EXPECT_EQ(expand_shower_files(in_folder({"run [45]/[a].h5"})), in_folder({"run 4/a.h5", "run 5/a.h5"}));
  EXPECT_EQ(expand_shower_files(in_folder({"[qr]/*.h5"})), in_folder({"r/a.h5", "r/b.h5"}));
  EXPECT_THROW(expand_shower_files(in_folder({"[run 3]/*.hdf5"})), Error);
}

}  // namespace
}  // namespace octocal::data
