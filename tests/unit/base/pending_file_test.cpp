// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/pending_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "octocal/base/error.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal {
namespace {

std::string message_of(const std::string& target) {
  try {
    const PendingFile pending(target);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return {};
}

TEST(PendingFile, AppearsOnlyWhenCommitted) {
  const test::TemporaryFolder folder;
  PendingFile pending(folder.file("out"));
  std::ofstream(pending.path()) << "complete";
  EXPECT_FALSE(std::filesystem::exists(folder.file("out")));
  pending.commit();
  EXPECT_EQ(read_text_file(folder.file("out")), "complete");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(PendingFile, LeavesNothingBehindWithoutCommit) {
  const test::TemporaryFolder folder;
  {
    const PendingFile pending(folder.file("out"));
    std::ofstream(pending.path()) << "half";
    EXPECT_EQ(folder.entries(), 1U);
  }
  EXPECT_EQ(folder.entries(), 0U);
}

TEST(PendingFile, KeepsTheOldFileUntilTheNewOneIsComplete) {
  const test::TemporaryFolder folder;
  write_text_file(folder.file("out"), "old");
  {
    const PendingFile pending(folder.file("out"));
    std::ofstream(pending.path()) << "half";
  }
  EXPECT_EQ(read_text_file(folder.file("out")), "old");
  write_text_file(folder.file("out"), "new");
  EXPECT_EQ(read_text_file(folder.file("out")), "new");
}

TEST(PendingFile, RefusesFoldersDevicesAndPlacesThatDoNotExist) {
  const test::TemporaryFolder folder;
  EXPECT_NE(message_of(folder.path().string()).find("it is a folder"), std::string::npos);
  EXPECT_NE(message_of(folder.file("absent/out")).find("no folder"), std::string::npos);
  // Root could rename over a device; it must stay one.
  EXPECT_NE(message_of("/dev/null").find("not a plain file"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(ReadTextFile, ReadsEmptyFilesAndRefusesFolders) {
  const test::TemporaryFolder folder;
  write_text_file(folder.file("empty"), "");
  EXPECT_EQ(read_text_file(folder.file("empty")), "");
  EXPECT_THROW(read_text_file(folder.path()), Error);
}

TEST(ReadTextFile, NamesTheMissingFile) {
  const test::TemporaryFolder folder;
  try {
    read_text_file(folder.file("absent"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(folder.file("absent") + ": no such file"), std::string::npos);
    EXPECT_EQ(error.exit_code(), 2);
  }
}

}  // namespace
}  // namespace octocal
