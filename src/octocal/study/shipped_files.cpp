// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/shipped_files.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "octocal/base/error.hpp"

namespace octocal::study {

std::string shipped_file(const std::string& relative) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const auto folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  // Installed: <prefix>/bin; built: <root>/build or <root>/build/<preset>, tests one or two levels below that.
  const auto installed = folder.parent_path() / "share" / "octocal" / relative;
  if (fs::exists(installed, ignored)) return installed.string();
  for (auto root = folder; root.has_relative_path(); root = root.parent_path())
    if (fs::exists(root / relative, ignored)) return (root / relative).string();
  throw bad_input(
      fmt::format("{}: this file should ship with octocal but is neither at {} nor in a folder above the program; name "
                  "it by option",
                  relative, installed.string()));
}

}  // namespace octocal::study
