// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/error.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "octocal/base/interrupt.hpp"

namespace octocal {
namespace {

TEST(Error, CarriesTheExitCodeOfItsKind) {
  EXPECT_EQ(bad_input("x").exit_code(), 2);
  EXPECT_EQ(run_failed("x").exit_code(), 1);
  EXPECT_EQ(Error(ErrorCode::kInterrupted, "x").exit_code(), 130);
  EXPECT_STREQ(bad_input("file: problem; what to do").what(), "file: problem; what to do");
}

TEST(Interrupt, TurnsTheFirstSignalIntoAnError) {
  install_interrupt_handler();
  EXPECT_FALSE(interrupted());
  EXPECT_NO_THROW(throw_if_interrupted());
  std::raise(SIGINT);  // would end the program without the handler
  EXPECT_TRUE(interrupted());
  try {
    throw_if_interrupted();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 130);
  }
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace
}  // namespace octocal
