// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace octocal::report::testing {

/// A hand-made document as octocal validate writes it: 2 x 3 x 4 cells; Geant4, float32 and int8.
nlohmann::json make_validation();

/// The same for octocal bench.
nlohmann::json make_bench();

/// A folder of this test's own, empty at first, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  const std::filesystem::path& path() const noexcept { return folder_; }

  /// Writes a file into the folder and returns its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const;
  /// Names of everything directly inside, sorted.
  std::vector<std::string> names() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace octocal::report::testing
