// SPDX-License-Identifier: Apache-2.0
// Files that somebody writes to, cuts, replaces or removes while they are read.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "octocal/base/error.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/data/shower_reader.hpp"
#include "octocal/data/voxel_reader.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/data/raw_shower_file.hpp"

namespace octocal::data {
namespace {

namespace fs = std::filesystem;

class ChangedFile : public ::testing::Test {
 protected:
  ChangedFile() { octocal::test::write_raw_file(file_, octocal::test::right_showers(4)); }

  /// The sentence of a refusal; "" if there is none.
  template <typename Read>
  static std::string refusal(Read read) {
    try {
      read();
      return {};
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
  }

  /// A clock's tick later than it was, whatever the file system's ticks are.
  static void touch(const std::string& file) {
    fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(1));
  }

  const octocal::test::TemporaryFolder folder_;
  const std::string file_ = folder_.file("a.h5");
  const std::string expected_ = file_ + ": was written to while it was read; start again when nobody writes to it";
  ShowerBatch batch_;
};

TEST_F(ChangedFile, IsRefusedThoughItsNumbersCanBeRead) {
  ShowerReader reader({file_});
  ASSERT_TRUE(reader.next(batch_, 2));
  touch(file_);
  EXPECT_EQ(refusal([&] { reader.next(batch_, 2); }), expected_);
  EXPECT_EQ(refusal([&] { reader.energies(); }), expected_);
}

TEST_F(ChangedFile, HasNoHashIfItIsAnotherOneByNow) {
  const ShowerReader reader({file_});
  EXPECT_EQ(reader.hash(), hash_file(file_));
  octocal::test::write_raw_file(file_ + ".new", octocal::test::right_showers(4));
  fs::rename(file_ + ".new", file_);
  EXPECT_EQ(refusal([&] { reader.hash(); }), file_ + ": has changed since it was opened; start again");
  fs::remove(file_);
  EXPECT_EQ(refusal([&] { reader.hash(); }), file_ + ": has changed since it was opened; start again");
}

TEST_F(ChangedFile, IsTheReasonWhereNumbersAreMissing) {
  ShowerReader reader({file_});
  ASSERT_TRUE(reader.next(batch_, 2));
  fs::resize_file(file_, 300);
  EXPECT_EQ(refusal([&] { reader.next(batch_, 2); }), expected_);
}

TEST_F(ChangedFile, IsReadToItsEndIfOnlyItsNameIsGone) {
  ShowerReader removed({file_});
  fs::remove(file_);
  ASSERT_TRUE(removed.next(batch_, 4));
  EXPECT_FLOAT_EQ(batch_.energy_gev[3], 103);

  octocal::test::write_raw_file(file_, octocal::test::right_showers(4));
  ShowerReader replaced({file_});
  octocal::test::write_raw_file(folder_.file("new.h5"), octocal::test::right_showers(7));
  fs::rename(folder_.file("new.h5"), file_);
  ASSERT_TRUE(replaced.next(batch_, 10));
  EXPECT_EQ(batch_.size(), 4U);
}

// Of several files one is open at a time.
TEST_F(ChangedFile, IsRefusedWhenItIsOpenedAgainAndIsAnother) {
  const auto second = folder_.file("b.h5");
  octocal::test::write_raw_file(second, octocal::test::right_showers(4));
  ShowerReader reader({file_, second});
  octocal::test::write_raw_file(folder_.file("new.h5"), octocal::test::right_showers(4));
  fs::rename(folder_.file("new.h5"), second);
  EXPECT_EQ(refusal([&] { reader.next(batch_, 8); }), second + ": has changed since it was opened; start again");
  fs::remove(second);
  EXPECT_EQ(refusal([&] { reader.next(batch_, 8); }), second + ": no such file; check the path");
}

TEST_F(ChangedFile, IsRefusedByReadersOfLatentsAndVoxels) {
  auto with_latents = octocal::test::right_showers(4);
  with_latents.push_back({"latent", {4, 3}, {}, H5T_IEEE_F32LE});
  octocal::test::write_raw_file(file_, with_latents);
  LatentReader latents(file_);
  EXPECT_EQ(latents.read(0, 2).energy_gev.size(), 2U);
  touch(file_);
  EXPECT_EQ(refusal([&] { latents.read(2, 2); }), expected_);

  octocal::test::RawDataset energies{"incident_energies", {4, 1}, {1e3, 2e3, 3e3, 4e3}, H5T_IEEE_F32LE};
  octocal::test::RawDataset showers{"showers", {4, 24}, {}, H5T_IEEE_F32LE};
  const auto of_voxels = folder_.file("v.h5");
  octocal::test::write_raw_file(of_voxels, {energies, showers});
  VoxelReader voxels(of_voxels, {"electron", 11, 3, 4, 2});
  VoxelBatch batch;
  ASSERT_TRUE(voxels.next(batch, 2));
  touch(of_voxels);
  EXPECT_EQ(refusal([&] { voxels.next(batch, 2); }).find(of_voxels + ": was written to while it was read; "), 0U);
}

}  // namespace
}  // namespace octocal::data
