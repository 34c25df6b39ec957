// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/pending_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "octocal/base/error.hpp"
#include "octocal/base/pending_file.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal {
namespace {

namespace fs = std::filesystem;

TEST(PendingFolder, TakesTheTargetsPlaceWithAllThatIsInIt) {
  const octocal::test::TemporaryFolder folder;
  fs::create_directory(folder.file("page"));
  write_text_file(folder.file("page/old"), "old");
  ::chmod(folder.file("page").c_str(), 0750);
  {
    const PendingFolder pending(folder.file("page"));
    write_text_file(pending.path() / "half", "half");
  }
  EXPECT_EQ(read_text_file(folder.file("page/old")), "old");
  PendingFolder pending(folder.file("page/"));
  write_text_file(pending.path() / "new", "new");
  pending.commit();
  EXPECT_EQ(read_text_file(folder.file("page/new")), "new");
  EXPECT_FALSE(fs::exists(folder.file("page/old")));
  EXPECT_EQ(fs::status(folder.file("page")).permissions(), fs::perms(0750));
}

TEST(PendingFolder, LeavesNothingElseBehind) {
  const octocal::test::TemporaryFolder folder;
  for (int i = 0; i < 2; ++i) {
    PendingFolder pending(folder.file("page"));
    write_text_file(pending.path() / "new", "new");
    pending.commit();
  }
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(PendingFolder, FollowsALinkAndKeepsIt) {
  const octocal::test::TemporaryFolder folder;
  fs::create_directory(folder.file("real"));
  fs::create_directory_symlink("real", folder.file("link"));
  PendingFolder pending(folder.file("link"));
  write_text_file(pending.path() / "new", "new");
  pending.commit();
  EXPECT_TRUE(fs::is_symlink(folder.file("link")));
  EXPECT_EQ(read_text_file(folder.file("real/new")), "new");
  EXPECT_EQ(folder.entries(), 2U);
}

TEST(PendingFolder, RefusesFilesAndFoldersThatCannotBeReplaced) {
  const octocal::test::TemporaryFolder folder;
  write_text_file(folder.file("file"), "");
  fs::create_directory_symlink(".", folder.file("here"));
  for (const auto& target : {folder.file("file"), folder.file("absent/page"), folder.file("here"), std::string("."),
                             std::string("/"), std::string("..")})
    EXPECT_THROW(const PendingFolder pending(target), Error) << target;
  EXPECT_EQ(folder.entries(), 2U);
}

}  // namespace
}  // namespace octocal
