// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/hdf5_problem.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "octocal/data/shower_reader.hpp"
#include "unit/base/temporary_folder.hpp"
#include "unit/data/raw_shower_file.hpp"

namespace octocal::data {
namespace {

using test::made_by_test;
using test::right_showers;
using test::write_raw_file;

/// Files that HDF5 itself refuses, each for a reason of its own.
class Hdf5Problem : public ::testing::Test {
 protected:
  /// What the reader says of the file, without its name in front.
  std::string refusal() const {
    try {
      ShowerReader reader({file_});
      ShowerBatch batch;
      reader.read(0, reader.size(), batch);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      const std::string message = error.what();
      EXPECT_EQ(message.find(file_ + ": "), 0U) << message;
      EXPECT_NE(message.find("; "), std::string::npos) << message << " (names no remedy)";
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
      return message;
    }
    return "not refused";
  }
  void expect_refusal(const std::vector<std::string>& parts) const {
    const auto message = refusal();
    for (const auto& part : parts) EXPECT_NE(message.find(part), std::string::npos) << part << " in " << message;
    EXPECT_EQ(message.find("damaged"), std::string::npos) << message << " (that is another cause)";
  }

  std::string bytes() const {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write_bytes(const std::string& bytes) const { std::ofstream(file_, std::ios::binary) << bytes; }

  const octocal::test::TemporaryFolder folder_;
  const std::string file_ = folder_.file("showers.h5");
};

TEST_F(Hdf5Problem, SaysThatAWriterHasLockedTheFile) {
  write_raw_file(file_, right_showers(2));
  const int writer = ::open(file_.c_str(), O_RDWR);
  ASSERT_EQ(::flock(writer, LOCK_EX | LOCK_NB), 0);
  expect_refusal({"cannot be opened (another program has it open and writes to it)", "; wait"});
  ::close(writer);
  EXPECT_EQ(refusal(), "not refused");
}

TEST_F(Hdf5Problem, SaysThatTheWriterHasNotClosedTheFile) {
  // A copy made while the file is open carries the mark that a killed writer leaves behind.
  const hid_t access = made_by_test(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  const auto open = folder_.file("open.h5");
  const hid_t made = made_by_test(H5Fcreate(open.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access));
  H5Fflush(made, H5F_SCOPE_GLOBAL);
  std::filesystem::copy_file(open, file_);
  H5Fclose(made);
  H5Pclose(access);
  expect_refusal({"its writer has not closed it", "h5clear -s " + file_});
}

TEST_F(Hdf5Problem, SaysThatANewerHdf5WroteTheFile) {
  write_raw_file(file_, right_showers(2));
  const auto whole = bytes();
  auto newer = whole;
  newer[8] = 77;  // the version of the superblock
  write_bytes(newer);
  expect_refusal({"cannot be opened (it was written by a newer HDF5", hdf5::library_version(), "libver="});

  // The layout message of ECAL: version 3, class 1 (in one piece), address, size.
  const std::uint64_t size = 2 * 12 * 4;
  const std::string size_bytes(reinterpret_cast<const char*>(&size), sizeof size);
  std::size_t at = 0;
  while ((at = whole.find("\x03\x01", at)) != std::string::npos && whole.substr(at + 10, 8) != size_bytes) ++at;
  ASSERT_NE(at, std::string::npos);
  newer = whole;
  newer[at] = 9;
  write_bytes(newer);
  expect_refusal({"`ECAL` cannot be opened as a dataset (it was written by a newer HDF5", "layout message"});
}

TEST_F(Hdf5Problem, SaysHowMuchOfATruncatedFileIsThere) {
  write_raw_file(file_, right_showers(100));
  const auto size = std::filesystem::file_size(file_);
  std::filesystem::resize_file(file_, size - 100);
  expect_refusal({"it is truncated: " + std::to_string(size - 100) + " of " + std::to_string(size) + " bytes"});
}

TEST_F(Hdf5Problem, NamesTheFileOfALinkThatIsMissing) {
  write_raw_file(file_, {right_showers(2)[1]});
  const hid_t opened = made_by_test(H5Fopen(file_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
  made_by_test(H5Lcreate_external("gone.h5", "/ECAL", opened, "ECAL", H5P_DEFAULT, H5P_DEFAULT));
  H5Fclose(opened);
  expect_refusal({"`ECAL` cannot be opened as a dataset (it is a link into the file gone.h5"});
}

TEST_F(Hdf5Problem, SaysThatALinkLeadsNowhere) {
  write_raw_file(file_, {right_showers(2)[1]});
  const hid_t opened = made_by_test(H5Fopen(file_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
  made_by_test(H5Lcreate_soft("/gone", opened, "ECAL", H5P_DEFAULT, H5P_DEFAULT));
  H5Fclose(opened);
  expect_refusal({"it is a link to what is not there"});
}

TEST_F(Hdf5Problem, SaysThatPartsWereNeverWritten) {
  write_raw_file(file_, right_showers(2));
  auto changed = bytes();
  std::uint64_t root = 0;  // address of the root group's header, in the superblock of version 0
  std::memcpy(&root, changed.data() + 64, sizeof root);
  changed.replace(root, 16, 16, '\0');
  write_bytes(changed);
  EXPECT_NE(refusal().find("parts of it were never written, as its writer did not close it, or it is damaged"),
            std::string::npos)
      << refusal();
}

TEST_F(Hdf5Problem, NamesTheChunkWhoseChecksumDiffers) {
  const hid_t creation = made_by_test(H5Pcreate(H5P_DATASET_CREATE));
  const hsize_t chunk[] = {4, 2, 2, 3};
  H5Pset_chunk(creation, 4, chunk);
  H5Pset_fletcher32(creation);
  auto showers = right_showers(4);
  showers[0].creation = creation;
  write_raw_file(file_, showers);
  H5Pclose(creation);
  auto changed = bytes();
  const float cell = 0.001F;  // of shower 0
  const auto at = changed.find(std::string(reinterpret_cast<const char*>(&cell), sizeof cell));
  ASSERT_NE(at, std::string::npos);
  changed[at] = static_cast<char>(changed[at] ^ 1);
  write_bytes(changed);
  EXPECT_NE(refusal().find("the chunk of `ECAL` at (0, 0, 0, 0) has another checksum than its bytes"),
            std::string::npos)
      << refusal();
}

/// Causes that no file of a test can bring about: made-up records of the stack, as HDF5 1.10 writes them.
TEST(Hdf5Cause, OfFileSystemsDisksAndMemory) {
  const hdf5::Lock lock;
  const auto reason = [](std::vector<hdf5::ErrorRecord> records) { return hdf5::cause_of(records, "f.h5").reason; };
  const auto remedy = [](std::vector<hdf5::ErrorRecord> records) { return hdf5::cause_of(records, "f.h5").remedy; };
  const hdf5::ErrorRecord open{H5E_FILE, H5E_CANTOPENFILE, "unable to open file"};
  const hdf5::ErrorRecord no_locks{H5E_VFL, H5E_CANTLOCKFILE, "unable to lock file, errno = 37, error message = 'x'"};
  EXPECT_EQ(reason({open, no_locks}), "its file system cannot lock files: No locks available");
  EXPECT_NE(remedy({open, no_locks}).find("HDF5_USE_FILE_LOCKING=FALSE"), std::string::npos);
  const hdf5::ErrorRecord full{H5E_IO, H5E_WRITEERROR, "file write failed: time = x, errno = 28, error message = 'y'"};
  EXPECT_EQ(reason({full}), "No space left on device");
  const hdf5::ErrorRecord lost{H5E_IO, H5E_READERROR, "file read failed: time = x, errno = 5, error message = 'y'"};
  EXPECT_EQ(reason({open, lost}), "Input/output error");
  EXPECT_NE(remedy({open, lost}).find("network"), std::string::npos);
  EXPECT_EQ(reason({{H5E_RESOURCE, H5E_NOSPACE, "memory allocation failed for raw data chunk"}}), "not enough memory");
  EXPECT_EQ(reason({open}), "it is damaged: unable to open file");
  EXPECT_EQ(reason({}), "HDF5 gives no reason");
}

}  // namespace
}  // namespace octocal::data
