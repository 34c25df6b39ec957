// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/error.hpp"

#include <gtest/gtest.h>

namespace octocal {
namespace {

TEST(Error, CarriesTheExitCodeOfItsKind) {
  EXPECT_EQ(bad_input("x").exit_code(), 2);
  EXPECT_EQ(run_failed("x").exit_code(), 1);
  EXPECT_EQ(Error(ErrorCode::kInterrupted, "x").exit_code(), 130);
  EXPECT_STREQ(bad_input("file: problem; what to do").what(), "file: problem; what to do");
}

}  // namespace
}  // namespace octocal
