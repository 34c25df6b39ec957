// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "octocal/base/error.hpp"
#include "octocal/data/shower_reader.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/data/raw_shower_file.hpp"

namespace octocal::data {
namespace {

using test::right_showers;
using test::write_raw_file;

class ShowerReaderRefuses : public ::testing::Test {
 protected:
  std::string folder_path(const std::string& name) { return folder_.file(name); }

  /// Reads everything; expects one sentence that names the file and holds `part`, and exit code 2.
  void expect_refused(const std::string& part) {
    try {
      ShowerReader reader({file_});
      ShowerBatch batch;
      while (reader.next(batch, 2)) {
      }
      FAIL() << "not refused: " << part;
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_EQ(message.find(file_ + ": "), 0U) << message;
      EXPECT_NE(message.find(part), std::string::npos) << message;
      EXPECT_NE(message.find("; "), std::string::npos) << message << " (names no remedy)";
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }

  void refuse_showers(const std::vector<test::RawDataset>& datasets, const std::string& part) {
    write_raw_file(file_, datasets);
    expect_refused(part);
  }

 private:
  octocal::test::TemporaryFolder folder_;

 protected:
  const std::string file_ = folder_.file("showers.h5");
};

TEST_F(ShowerReaderRefuses, MissingFile) { expect_refused("no such file"); }

TEST_F(ShowerReaderRefuses, Folder) {
  std::filesystem::create_directory(file_);
  expect_refused("is a folder");
}

TEST_F(ShowerReaderRefuses, FileThatIsNotHdf5) {
  std::ofstream(file_) << "energy,cells\n100,0.1\n";
  expect_refused("not an HDF5 file");
}

TEST_F(ShowerReaderRefuses, EmptyFile) {
  std::ofstream(file_) << "";
  expect_refused("not an HDF5 file");
}

TEST_F(ShowerReaderRefuses, TruncatedFile) {
  write_raw_file(file_, right_showers(100));
  std::filesystem::resize_file(file_, std::filesystem::file_size(file_) / 2);
  expect_refused("truncated");
}

TEST_F(ShowerReaderRefuses, AbsentDatasets) {
  refuse_showers({right_showers(2)[0]}, "no dataset `target`");
  refuse_showers({right_showers(2)[1]}, "no dataset `ECAL`");
}

TEST_F(ShowerReaderRefuses, WrongRankOrShapeTellingBoth) {
  auto showers = right_showers(2);
  showers[0].shape = {2, 4, 3};
  refuse_showers(showers, "rank 3, shape (2, 4, 3), expected rank 4");
  showers = right_showers(2);
  showers[1] = {"target", {4}, {}, H5T_IEEE_F32LE};
  refuse_showers(showers, "`target` has shape (4), expected (N, >= 2)");
  showers[1] = {"target", {2, 1}, {}, H5T_IEEE_F32LE};
  refuse_showers(showers, "`target` has shape (2, 1), expected (N, >= 2)");
  showers[1] = {"target", {3, 2}, {}, H5T_IEEE_F32LE};
  refuse_showers(showers, "`ECAL` has 2 showers and `target` 3");
}

TEST_F(ShowerReaderRefuses, ZeroShowers) { refuse_showers(right_showers(0), "holds no showers"); }

TEST_F(ShowerReaderRefuses, NanInfiniteAndNegativeCellsNamingShowerAndCell) {
  auto showers = right_showers(5);
  const std::size_t at = 3 * 12 + 1 * 6 + 0 * 3 + 2;  // shower 3, cell (1, 0, 2)
  showers[0].values[at] = std::nan("");
  refuse_showers(showers, "shower 3: cell (1, 0, 2) is NaN");
  showers[0].values[at] = std::numeric_limits<double>::infinity();
  refuse_showers(showers, "shower 3: cell (1, 0, 2) is infinite");
  showers[0].values[at] = -1e-3;
  refuse_showers(showers, "shower 3: cell (1, 0, 2) is negative");
  showers[0].type = H5T_IEEE_F64LE;
  showers[0].values[at] = 1e300;  // more than a float32 holds
  refuse_showers(showers, "shower 3: cell (1, 0, 2) is infinite");
}

TEST_F(ShowerReaderRefuses, ImpossibleEnergiesNamingTheShower) {
  auto showers = right_showers(5);
  showers[1].values[2 * 4 + 1] = -5;
  refuse_showers(showers, "shower 4: its primary energy is negative");
  showers[1].values[2 * 4 + 1] = 0;
  refuse_showers(showers, "shower 4: its primary energy is zero");
  showers[1].values[2 * 4 + 1] = std::nan("");
  refuse_showers(showers, "shower 4: its primary energy is NaN");
}

TEST_F(ShowerReaderRefuses, FilesOfDifferentGeometryNamingBoth) {
  write_raw_file(folder_path("other.h5"), right_showers(1));
  auto showers = right_showers(1);
  showers[0].shape = {1, 2, 3, 2};
  write_raw_file(file_, showers);
  try {
    ShowerReader reader({folder_path("other.h5"), file_});
    FAIL();
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find(file_ + ": showers of 2 x 3 x 2 cells"), std::string::npos) << message;
    EXPECT_NE(message.find("other.h5 has 2 x 2 x 3"), std::string::npos) << message;
  }
}

TEST_F(ShowerReaderRefuses, AnEmptyListOfFiles) { EXPECT_THROW(ShowerReader({}), Error); }

TEST_F(ShowerReaderRefuses, WrongLatents) {
  const auto message_of = [&](const std::vector<test::RawDataset>& datasets) {
    write_raw_file(file_, datasets);
    try {
      read_latents(file_);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return std::string(error.what());
    }
    return std::string();
  };
  auto showers = right_showers(2);
  EXPECT_NE(message_of(showers).find("no dataset `latent`"), std::string::npos);
  showers.push_back({"latent", {3, 4}, {}, H5T_IEEE_F32LE});
  EXPECT_NE(message_of(showers).find("`latent` has shape (3, 4), expected (2, columns)"), std::string::npos);
  showers.back() = {"latent", {2, 2}, {0, 0, 0, std::nan("")}, H5T_IEEE_F32LE};
  EXPECT_NE(message_of(showers).find("shower 1: `latent` holds a value that is not finite"), std::string::npos);
}

}  // namespace
}  // namespace octocal::data
