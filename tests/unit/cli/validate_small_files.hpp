// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "octocal/cli/verb_dispatch.hpp"
#include "unit/study/small_files.hpp"

namespace octocal::cli::test {

using study::test::kTiny;
using study::test::write_tiny_model;
using study::test::write_tiny_showers;

struct Ran {
  int exit_code;
  std::string out, err;
};

inline Ran run(const std::vector<std::string>& arguments) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int code = run_command_line(arguments);
  return {code, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace octocal::cli::test
