// SPDX-License-Identifier: Apache-2.0
#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/output_place.hpp"
#include "octocal/data/shower_reader.hpp"

namespace octocal::data {
namespace {

constexpr const char* kWild = "*?[";

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// Every glob character with a backslash before it, so that it stands for itself.
std::string escaped(const std::string& path) {
  std::string text;
  for (const char c : path) {
    if (std::string("*?[]\\").find(c) != std::string::npos) text += '\\';
    text += c;
  }
  return text;
}

std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  const std::unique_ptr<glob_t, void (*)(glob_t*)> release(&found, ::globfree);
  if (::glob(pattern.c_str(), 0, nullptr, &found) != 0) return {};
  return {found.gl_pathv, found.gl_pathv + found.gl_pathc};
}

/// What a pattern names, one part of the path after the other. A part that is there as it is written is meant
/// literally, in a folder's name as in a file's: "[run 3]" is that folder, not one of its letters.
std::vector<std::string> expand(const std::string& pattern) {
  std::vector<std::string> found{""};
  for (std::size_t first = 0; first < pattern.size() && !found.empty();) {
    const auto last = std::min(pattern.find('/', first), pattern.size());
    const auto next = std::min(pattern.find_first_not_of('/', last), pattern.size());
    const auto part = pattern.substr(first, last - first), slashes = pattern.substr(last, next - last);
    std::vector<std::string> longer;
    for (const auto& before : found) {
      if (part.find_first_of(kWild) == std::string::npos || exists(before + part)) {
        longer.push_back(before + part);
      } else {
        const auto more = matches(escaped(before) + part);
        longer.insert(longer.end(), more.begin(), more.end());
      }
    }
    for (auto& path : longer) path += slashes;
    found = std::move(longer);
    first = next;
  }
  std::erase_if(found, [](const std::string& path) { return !exists(path); });
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

std::vector<std::string> expand_shower_files(const std::vector<std::string>& patterns) {
  std::vector<std::string> files;
  std::map<FileIdentity, std::string> known;
  for (const auto& pattern : patterns) {
    std::vector<std::string> found{pattern};
    if (pattern.find_first_of(kWild) != std::string::npos) {
      found = expand(pattern);
      if (found.empty()) throw bad_input(pattern + ": no file matches this pattern; check the path");
    }
    for (const auto& file : found) {
      // One that is not there is its reader's to refuse.
      const auto identity = exists(file) ? identity_of(file) : FileIdentity{0, 0, file};
      const auto [same, is_new] = known.emplace(identity, file);
      if (is_new)
        files.push_back(file);
      else
        log_warning_once(file + (same->second == file ? ": is named twice" : ": is the same file as " + same->second) +
                         ", and is taken once");
    }
  }
  return files;
}

}  // namespace octocal::data
