// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/interrupt.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "octocal/base/error.hpp"

namespace octocal {
namespace {

volatile std::sig_atomic_t others = 0;
void of_another(int) { others = others + 1; }

TEST(Interrupt, TurnsTheFirstSignalIntoAnError) {
  const InterruptScope gives_all_back;  // flag and handlers, for the tests that follow
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
}

TEST(Interrupt, NoClosingTerminalKillsHoweverOftenItSaysSo) {
  std::signal(SIGHUP, SIG_DFL);  // a test run by nohup has it ignored
  const InterruptScope scope;
  for (const int number : {SIGHUP, SIGHUP, SIGXCPU, SIGXCPU, SIGTERM, SIGHUP}) {
    std::raise(number);  // would end the program without the handler
    EXPECT_TRUE(interrupted());
  }
  EXPECT_EXIT(std::raise(SIGTERM), ::testing::KilledBySignal(SIGTERM), "");
}

TEST(Interrupt, NohupStays) {
  std::signal(SIGHUP, SIG_IGN);
  {
    const InterruptScope scope;
    std::raise(SIGHUP);
    EXPECT_FALSE(interrupted());
  }
  EXPECT_EQ(std::signal(SIGHUP, SIG_DFL), SIG_IGN);
}

TEST(InterruptScope, TakesSignalsWhileItLivesAndGivesThemBack) {
  std::signal(SIGINT, of_another);
  {
    const InterruptScope scope;
    {
      const InterruptScope inner;
      EXPECT_FALSE(interrupted());
      std::raise(SIGINT);
    }
    EXPECT_TRUE(interrupted());  // the outer one still lives
    try {
      throw_if_interrupted();
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInterrupted);
    }
  }
  EXPECT_FALSE(interrupted());
  EXPECT_EQ(others, 0);
  std::raise(SIGINT);
  EXPECT_EQ(others, 1);
  std::signal(SIGINT, SIG_DFL);
}

}  // namespace
}  // namespace octocal
