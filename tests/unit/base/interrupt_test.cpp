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
