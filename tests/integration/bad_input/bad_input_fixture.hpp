// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "integration/bad_input/program_run.hpp"
#include "unit/base/temporary_folder.hpp"

namespace octocal::test {

/// A folder with a right model (the paper's generator with random weights) and right showers, and the question whether
/// the program refuses a command line as it should.
class BadInput : public ::testing::Test {
 private:
  void expect_failure(int exit_code, const std::vector<std::string>& arguments, const std::vector<std::string>& parts,
                      const ProgramOptions& options);

 protected:
  BadInput();

  std::string path(const std::string& name) const { return folder_.file(name); }

  /// Runs the program and expects: exit code 2; one line on stderr that starts with "octocal: " and holds each of
  /// `parts`; nothing on stdout; no file made, changed or left behind.
  void expect_refused(const std::vector<std::string>& arguments, const std::vector<std::string>& parts,
                      const ProgramOptions& options = {}) {
    expect_failure(2, arguments, parts, options);
  }

  /// The same of a run whose input was right: exit code 1.
  void expect_failed(const std::vector<std::string>& arguments, const std::vector<std::string>& parts,
                     const ProgramOptions& options = {}) {
    expect_failure(1, arguments, parts, options);
  }

  /// Names and sizes of all files in the folder.
  std::map<std::string, std::uintmax_t> files() const;

  /// Every way to give `file` to the program as showers whose cells are read; as a model; and what each makes.
  std::vector<std::vector<std::string>> commands_with_showers(const std::string& file) const;
  std::vector<std::vector<std::string>> commands_with_model(const std::string& file) const;

  const TemporaryFolder folder_;
  const std::string model_ = folder_.file("model.onnx");
  const std::string showers_ = folder_.file("showers.h5");
  const std::string output_ = folder_.file("out.h5");
};

}  // namespace octocal::test
