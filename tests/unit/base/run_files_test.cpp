// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/run_files.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "octocal/base/error.hpp"
#include "octocal/base/output_place.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/base/pending_folder.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal {
namespace {

namespace fs = std::filesystem;

class RunFilesTest : public ::testing::Test {
 protected:
  RunFilesTest() { write_text_file(input_, "showers of last year"); }

  /// Expects that a run which reads `input_` and writes `output` is refused, for a reason that holds `part`, and that
  /// nothing is changed by the refusal.
  void expect_refused(const std::string& output, const std::string& part) {
    RunFiles files;
    files.reads("--energy", input_);
    files.writes("--output", output);
    expect_refused(files, output + ": cannot be written (", part);
  }

  void expect_refused(const RunFiles& files, const std::string& begin, const std::string& part) {
    const auto before = folder_.entries();
    try {
      files.claim();
      ADD_FAILURE() << "accepted; expected " << part;
    } catch (const Error& error) {
      const std::string what = error.what();
      EXPECT_EQ(error.exit_code(), 2) << what;
      EXPECT_EQ(what.rfind(begin, 0), 0U) << what;
      EXPECT_NE(what.find(part), std::string::npos) << what;
      EXPECT_NE(what.find("; "), std::string::npos) << what;
    }
    EXPECT_EQ(folder_.entries(), before);
    EXPECT_EQ(read_text_file(input_), "showers of last year");
  }

  const octocal::test::TemporaryFolder folder_;
  const std::string input_ = folder_.file("a.h5");
};

TEST_F(RunFilesTest, RefusesAnOutputThatIsAnInputUnderAnyName) {
  expect_refused(input_, "--output would overwrite what --energy reads");
  const std::string other = "--output would overwrite " + input_ + ", the same file, which --energy reads";
  expect_refused(folder_.file("./a.h5"), other);
  fs::create_directory(folder_.file("sub"));
  expect_refused(folder_.file("sub/../a.h5"), other);
  fs::create_symlink("a.h5", folder_.file("link.h5"));
  fs::create_symlink("../link.h5", folder_.file("sub/chain.h5"));
  expect_refused(folder_.file("sub/chain.h5"), other);
  fs::create_directory_symlink(".", folder_.file("here"));
  expect_refused(folder_.file("here/a.h5"), other);
  fs::create_hard_link(input_, folder_.file("hard.h5"));
  expect_refused(folder_.file("hard.h5"), other);
}

TEST_F(RunFilesTest, SeesThroughALinkThatIsTheInput) {
  fs::create_symlink("a.h5", folder_.file("link.h5"));
  RunFiles files;
  files.reads("--latents", folder_.file("link.h5"));
  files.writes("--output", input_);
  expect_refused(files, input_ + ": cannot be written (", "which --latents reads");
}

TEST_F(RunFilesTest, RefusesTwoOutputsInOneFileThatIsNotThereYet) {
  fs::create_symlink("to_come.json", folder_.file("link.json"));
  for (const auto& other : {folder_.file("to_come.json"), folder_.file("./to_come.json"), folder_.file("link.json")}) {
    RunFiles files;
    files.writes("--output", folder_.file("to_come.json"));
    files.writes("--json", other);
    expect_refused(files, other, "--output and --json would both write it");
  }
}

TEST_F(RunFilesTest, RefusesTwoOutputsInAFolderThatIsNotThereYet) {
  RunFiles files;
  files.fills("--output", folder_.file("run/1"), {"best.ckpt", "last.ckpt"});
  files.writes("--export", folder_.file("run/./1/last.ckpt"));
  expect_refused(files, folder_.file("run/./1/last.ckpt"), "--output and --export would both write it");
}

TEST_F(RunFilesTest, RefusesToReplaceAFolderWithAnInputOrAnOutputIn) {
  fs::create_directories(folder_.file("report/old"));
  fs::create_directory_symlink("report/old", folder_.file("link"));
  write_text_file(folder_.file("report/old/validation.json"), "{}");
  for (const auto& input : {folder_.file("report/old/validation.json"), folder_.file("link/validation.json")}) {
    RunFiles files;
    files.reads("VALIDATION", input);
    files.replaces("--output", folder_.file("report"));
    expect_refused(files, folder_.file("report") + ": cannot be written (",
                   "--output would remove " + input + ", which VALIDATION reads");
  }
  RunFiles files;
  files.replaces("--output", folder_.file("report"));
  files.writes("--json", folder_.file("report/numbers.json"));
  expect_refused(files, folder_.file("report"), "which --json writes");
}

TEST_F(RunFilesTest, RefusesWhatCannotBeWrittenBeforeAnythingIsDone) {
  expect_refused(folder_.path().string(), "it is a folder");
  expect_refused(folder_.file("absent/out"), "no folder " + folder_.file("absent"));
  expect_refused("/proc/octocal-out", "");
  expect_refused("/dev/null", "not a plain file");
  RunFiles folders;
  folders.replaces("--output", folder_.file("a.h5"));
  expect_refused(folders, folder_.file("a.h5"), "no folder");
  RunFiles filled;
  filled.fills("--output", "/proc/octocal/run", {"best.ckpt"});
  expect_refused(filled, "/proc/octocal", "");
  RunFiles below_a_file;
  below_a_file.fills("--output", input_ + "/run", {"best.ckpt"});
  expect_refused(below_a_file, input_ + "/run/best.ckpt", "is no folder");
}

TEST_F(RunFilesTest, AcceptsWhatDoesNoHarmAndLeavesNothingBehind) {
  write_text_file(folder_.file("old.json"), "{}");
  fs::create_directory(folder_.file("report"));
  const auto before = folder_.entries();
  RunFiles files;
  files.reads("--energy", input_);
  files.reads("--model", folder_.file("absent.onnx"));  // its reader has more to say
  files.reads("--latents", "");
  files.writes("--output", folder_.file("b.h5"));
  files.writes("--json", folder_.file("old.json"));
  files.writes("--table", "");
  files.replaces("--page", folder_.file("report"));
  files.fills("--run", folder_.file("runs/1"), {"best.ckpt"});
  files.writes("--export", folder_.file("runs/1/g.onnx"));
  files.claim();
  EXPECT_EQ(folder_.entries(), before);
  EXPECT_EQ(read_text_file(folder_.file("old.json")), "{}");
}

TEST_F(RunFilesTest, RefusesTheFileThatStandardOutputIsRedirectedTo) {
  const auto log = folder_.file("log");
  const pid_t child = ::fork();
  if (child == 0) {
    bool refused = false;
    if (std::freopen(log.c_str(), "w", stdout) != nullptr) {
      RunFiles files;
      files.writes("--json", log);
      try {
        files.claim();
      } catch (const Error& error) {
        refused = std::string(error.what()).find("standard output") != std::string::npos;
      }
    }
    ::_exit(refused ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(RunFilesTest, RemovesWhatAKilledRunLeftAndNothingElse) {
  const auto output = folder_.file("b.h5");
  const pid_t child = ::fork();
  if (child == 0) {
    const PendingFile pending(output);
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  ASSERT_EQ(folder_.entries(), 2U);  // the input and what the child left
  const PendingFile of_a_living_run(output);
  write_text_file(folder_.file(".b.h5.00000000-1-1.tmp"), "of another machine");
  write_text_file(folder_.file(".b.h5.tmp"), "of somebody else");
  RunFiles files;
  files.writes("--output", output);
  files.claim();
  EXPECT_EQ(folder_.entries(), 4U);
  EXPECT_TRUE(fs::exists(of_a_living_run.path()));
}

// Runs that are killed one after the other, each before it has cleaned up, must not add up: what is left is removed before
// anything is made, so also by a run that cannot make anything.
TEST_F(RunFilesTest, RemovesWhatAKilledRunLeftBeforeItMakesAnything) {
  const auto page = folder_.file("page");
  const pid_t child = ::fork();
  if (child == 0) {
    const PendingFolder pending(page);
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  ASSERT_EQ(folder_.entries(), 2U);
  write_text_file(page, "no folder");
  RunFiles files;
  files.replaces("--output", page);
  EXPECT_THROW(files.claim(), Error);
  EXPECT_EQ(folder_.entries(), 2U);
}

TEST_F(RunFilesTest, RemovesWhatAKilledRunLeftOfAFolderWithASlashBehind) {
  const auto page = folder_.file("page");
  const pid_t child = ::fork();
  if (child == 0) {
    const PendingFolder pending(page + "/");
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  ASSERT_EQ(folder_.entries(), 2U);
  RunFiles files;
  files.replaces("--output", page + "/");
  files.claim();
  EXPECT_EQ(folder_.entries(), 1U);
}

// A clock that was set back leaves files of the future, one that was set forward makes the folder older than they are.
TEST_F(RunFilesTest, KeepsWhatOtherMachinesWroteWhileAClockJumped) {
  const auto name = folder_.file(".b.h5.00000000-1-1.tmp");
  const auto now = fs::file_time_type::clock::now();
  for (const int hours : {1, 1000}) {
    write_text_file(name, "x");
    fs::last_write_time(name, now + std::chrono::hours(hours));
    RunFiles files;
    files.writes("--output", folder_.file("b.h5"));
    files.claim();
    EXPECT_TRUE(fs::exists(name)) << hours;
  }
  fs::last_write_time(name, now - std::chrono::hours(1000));
  fs::last_write_time(name.substr(0, name.rfind('/')), now - std::chrono::hours(2000));
  EXPECT_TRUE(remove_abandoned(folder_.file("b.h5"))) << "others are left, as the folder's time is older still";
  EXPECT_TRUE(fs::exists(name));
}

// Whether a process of another machine lives nobody here can tell; but it would have written something for so long.
TEST_F(RunFilesTest, RemovesWhatOtherMachinesLeftOnceItIsOld) {
  const auto output = folder_.file("b.h5");
  const auto make = [&](const std::string& name, int hours_old) {
    write_text_file(folder_.file(name), "x");
    fs::last_write_time(folder_.file(name), fs::file_time_type::clock::now() - std::chrono::hours(hours_old));
  };
  const std::vector<std::string> old{".b.h5.00000000-1-1.tmp", ".b.h5.0-7-2.tmp", ".b.h5.0a1b2c3d-99999-12.tmp"};
  const std::vector<std::string> kept{".b.h5.00000000-1-2.tmp",
                                      ".c.h5.00000000-1-1.tmp",
                                      ".b.h5.mine-1-1.tmp",
                                      ".b.h5.00000000-1.tmp",
                                      ".b.h5.00000000-1-1.bak",
                                      ".b.h5.tmp",
                                      ".b.h5."};
  for (const auto& name : old) make(name, 7 * 24 + 1);
  for (const auto& name : kept) make(name, name == kept.front() ? 7 * 24 - 1 : 1000);
  // A folder is as old as the newest that is in it.
  for (const auto* name : {".b.h5.00000000-2-1.tmp", ".b.h5.00000000-2-2.tmp"}) {
    fs::create_directory(folder_.file(name));
    make(std::string(name) + "/page.html", std::string(name).ends_with("-2.tmp") ? 1 : 1000);
    fs::last_write_time(folder_.file(name), fs::file_time_type::clock::now() - std::chrono::hours(1000));
  }
  RunFiles files;
  files.writes("--output", output);
  files.claim();
  for (const auto& name : old) EXPECT_FALSE(fs::exists(folder_.file(name))) << name;
  for (const auto& name : kept) EXPECT_TRUE(fs::exists(folder_.file(name))) << name;
  EXPECT_FALSE(fs::exists(folder_.file(".b.h5.00000000-2-1.tmp")));
  EXPECT_TRUE(fs::exists(folder_.file(".b.h5.00000000-2-2.tmp")));
}

}  // namespace
}  // namespace octocal
