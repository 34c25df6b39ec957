// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/pending_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

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
  const octocal::test::TemporaryFolder folder;
  PendingFile pending(folder.file("out"));
  std::ofstream(pending.path()) << "complete";
  EXPECT_FALSE(std::filesystem::exists(folder.file("out")));
  pending.commit();
  EXPECT_EQ(read_text_file(folder.file("out")), "complete");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(PendingFile, LeavesNothingBehindWithoutCommit) {
  const octocal::test::TemporaryFolder folder;
  {
    const PendingFile pending(folder.file("out"));
    std::ofstream(pending.path()) << "half";
    EXPECT_EQ(folder.entries(), 1U);
  }
  EXPECT_EQ(folder.entries(), 0U);
}

TEST(PendingFile, KeepsTheOldFileUntilTheNewOneIsComplete) {
  const octocal::test::TemporaryFolder folder;
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
  const octocal::test::TemporaryFolder folder;
  EXPECT_NE(message_of(folder.path().string()).find("it is a folder"), std::string::npos);
  EXPECT_NE(message_of(folder.file("absent/out")).find("no folder"), std::string::npos);
  // Root could rename over a device; it must stay one.
  EXPECT_NE(message_of("/dev/null").find("not a plain file"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(PendingFile, FollowsLinksAndKeepsThem) {
  const octocal::test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("data"));
  write_text_file(folder.file("data/real"), "old");
  std::filesystem::create_symlink("data/link", folder.file("link"));
  std::filesystem::create_symlink("real", folder.file("data/link"));
  write_text_file(folder.file("link"), "new");
  EXPECT_EQ(read_text_file(folder.file("data/real")), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("data/link")));
  EXPECT_FALSE(std::filesystem::is_symlink(folder.file("data/real")));
}

TEST(PendingFile, MakesTheFileThatALinkPromises) {
  const octocal::test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("data"));
  std::filesystem::create_symlink("data/to_come", folder.file("link"));
  write_text_file(folder.file("link"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  EXPECT_EQ(read_text_file(folder.file("data/to_come")), "new");
  std::filesystem::create_symlink("absent/to_come", folder.file("astray"));
  EXPECT_NE(message_of(folder.file("astray")).find("no folder"), std::string::npos);
  std::filesystem::create_symlink("round", folder.file("round"));
  EXPECT_NE(message_of(folder.file("round")).find("in a circle"), std::string::npos);
}

TEST(PendingFile, KeepsTheModeOfAnOldFileAndAsksTheUmaskForANewOne) {
  const octocal::test::TemporaryFolder folder;
  const auto mode_of = [&](const std::string& name) {
    return static_cast<unsigned>(std::filesystem::status(folder.file(name)).permissions());
  };
  write_text_file(folder.file("old"), "old");
  for (const unsigned mode : {0600U, 0664U, 0640U}) {
    ::chmod(folder.file("old").c_str(), mode);
    write_text_file(folder.file("old"), "new");
    EXPECT_EQ(mode_of("old"), mode);
  }
  const auto before = ::umask(027);
  write_text_file(folder.file("new"), "new");
  ::umask(before);
  EXPECT_EQ(mode_of("new"), 0640U);
}

TEST(PendingFile, TwoOfOneTargetDoNotDisturbEachOther) {
  const octocal::test::TemporaryFolder folder;
  PendingFile first(folder.file("out"));
  PendingFile second(folder.file("out"));
  std::ofstream(first.path()) << "first";
  std::ofstream(second.path()) << "second";
  second.commit();
  EXPECT_EQ(read_text_file(folder.file("out")), "second");
  first.commit();
  EXPECT_EQ(read_text_file(folder.file("out")), "first");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(PendingFile, TakesNamesAsLongAsTheFileSystemDoes) {
  const octocal::test::TemporaryFolder folder;
  const std::string name(255, 'x');
  write_text_file(folder.file(name), "long");
  EXPECT_EQ(read_text_file(folder.file(name)), "long");
}

TEST(ReadTextFile, ReadsEmptyFilesAndRefusesFolders) {
  const octocal::test::TemporaryFolder folder;
  write_text_file(folder.file("empty"), "");
  EXPECT_EQ(read_text_file(folder.file("empty")), "");
  EXPECT_THROW(read_text_file(folder.path()), Error);
  EXPECT_THROW(read_text_file("/dev/zero"), Error);
}

TEST(ReadTextFile, NamesTheMissingFile) {
  const octocal::test::TemporaryFolder folder;
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
