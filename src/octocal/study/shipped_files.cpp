// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/shipped_files.hpp"

#include <fmt/format.h>
#include <link.h>

#include <cstdint>
#include <filesystem>
#include <system_error>

#include "octocal/base/error.hpp"

namespace octocal::study {
namespace {

namespace fs = std::filesystem;

/// The file that this code was loaded from: the program, or a library such as the Python module, whose program (python3)
/// lies anywhere.
fs::path loaded_file() {
  struct Search {
    std::uintptr_t address;
    fs::path file;
  } search{reinterpret_cast<std::uintptr_t>(&loaded_file), {}};
  dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void* data) {
        auto& wanted = *static_cast<Search*>(data);
        for (int i = 0; i < object->dlpi_phnum; ++i) {
          const auto& part = object->dlpi_phdr[i];
          const std::uintptr_t start = object->dlpi_addr + part.p_vaddr;
          if (part.p_type != PT_LOAD || wanted.address < start || wanted.address - start >= part.p_memsz) continue;
          wanted.file = object->dlpi_name;  // "" is the program itself
          return 1;
        }
        return 0;
      },
      &search);
  std::error_code ignored;
  return search.file.empty() ? fs::read_symlink("/proc/self/exe", ignored) : fs::canonical(search.file, ignored);
}

}  // namespace

std::string shipped_file(const std::string& relative) {
  std::error_code ignored;
  const auto folder = loaded_file().parent_path();
  // Installed: PREFIX/bin, PREFIX/lib/python3.x/site-packages/octocal, or inside a wheel's package; built:
  // ROOT/build/PRESET, modules and tests one or two levels below that.
  const auto shared = fs::path("share") / "octocal" / relative;
  for (auto root = folder; root.has_relative_path(); root = root.parent_path()) {
    if (fs::exists(root / shared, ignored)) return (root / shared).string();
    if (fs::exists(root / relative, ignored)) return (root / relative).string();
  }
  throw bad_input(
      fmt::format("{}: this file should ship with octocal but is in no folder above {}, nor in share/octocal of one; "
                  "name it yourself",
                  relative, folder.string()));
}

}  // namespace octocal::study
