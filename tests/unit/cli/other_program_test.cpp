// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/other_program.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "octocal/base/error.hpp"

namespace octocal::cli {
namespace {

TEST(OtherProgram, TakesTheProcessOverWithItsArguments) {
  // A program beside this one that ends with the number it is given.
  const auto beside =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / ("octocal-other-" + std::to_string(::getpid()));
  std::filesystem::create_symlink("/bin/sh", beside);
  EXPECT_EXIT(run_instead(beside.filename().string(), {"-c", "exit 7"}), ::testing::ExitedWithCode(7), "");
  std::filesystem::remove(beside);
}

TEST(OtherProgram, ThatIsNotThereIsNamed) {
  try {
    run_instead("octocal-none", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_NE(std::string(error.what()).find("/octocal-none: cannot be started (No such file"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace octocal::cli
