// SPDX-License-Identifier: Apache-2.0
#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "octocal/base/error.hpp"
#include "octocal/data/shower_reader.hpp"

namespace octocal::data {
namespace {

std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  const std::unique_ptr<glob_t, void (*)(glob_t*)> release(&found, ::globfree);
  if (::glob(pattern.c_str(), 0, nullptr, &found) != 0) return {};
  return {found.gl_pathv, found.gl_pathv + found.gl_pathc};  // sorted by glob
}

}  // namespace

std::vector<std::string> expand_shower_files(const std::vector<std::string>& patterns) {
  std::vector<std::string> files;
  for (const auto& pattern : patterns) {
    std::vector<std::string> found{pattern};
    std::error_code ignored;
    // A file whose own name holds a bracket is meant literally.
    if (pattern.find_first_of("*?[") != std::string::npos && !std::filesystem::exists(pattern, ignored)) {
      found = matches(pattern);
      if (found.empty()) throw bad_input(pattern + ": no file matches this pattern; check the path");
    }
    for (const auto& file : found)
      if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  }
  return files;
}

}  // namespace octocal::data
