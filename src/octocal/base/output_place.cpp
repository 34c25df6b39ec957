// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/output_place.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <span>
#include <string_view>
#include <system_error>

#include "octocal/base/checksum.hpp"

namespace octocal {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;             // as Linux
constexpr std::size_t kLongestName = 200;  // of a file system's 255 bytes; the rest is for what is put around it
constexpr std::string_view kEnd = ".tmp";

/// Names this start of this machine and, in containers, the space its process numbers count in; "" if unknown.
std::string machine_tag() {
  std::string start;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> start;
  std::error_code failure;
  const auto space = fs::read_symlink("/proc/self/ns/pid", failure);
  if (start.empty() || failure) return {};
  const std::string both = start + space.string();
  return fmt::format("{:08x}", crc32(std::as_bytes(std::span<const char>(both))));
}

/// What all temporary names of the target begin with.
std::string beginning(const fs::path& target, const std::string& tag) {
  return fmt::format(".{}.{}-", target.filename().string().substr(0, kLongestName), tag);
}

/// The process number in a temporary name, behind its beginning; 0 if this is none.
pid_t maker_of(std::string_view rest) {
  if (!rest.ends_with(kEnd)) return 0;
  rest.remove_suffix(kEnd.size());
  long maker = 0, count = 0;
  const auto* const end = rest.data() + rest.size();
  const auto first = std::from_chars(rest.data(), end, maker);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-' || maker < 1) return 0;
  const auto second = std::from_chars(first.ptr + 1, end, count);
  return second.ec == std::errc() && second.ptr == end ? static_cast<pid_t>(maker) : 0;
}

bool is_gone(pid_t process) { return ::kill(process, 0) != 0 && errno == ESRCH; }

}  // namespace

Error refused_output(const fs::path& output, const std::string& why, const std::string& remedy) {
  return bad_input(fmt::format("{}: cannot be written ({}); {}", output.string(), why, remedy));
}

Error refused_output(const fs::path& output, int reason) {
  const std::string why = std::strerror(reason);
  if (reason == ENOSPC || reason == EDQUOT || reason == EIO)
    return run_failed(
        fmt::format("{}: cannot be written ({}); free some space or write elsewhere", output.string(), why));
  return refused_output(output, why, "choose a folder that you may write to");
}

void require_folder_of(const fs::path& output, const fs::path& place) {
  std::error_code ignored;
  const auto folder = folder_of(place);
  if (fs::is_directory(folder, ignored)) return;
  throw refused_output(output, fmt::format("no folder {}", folder.string()), "create the folder first");
}

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

fs::path follow_links(const fs::path& output) {
  auto place = output;
  std::error_code failure;
  for (int links = 0; fs::is_symlink(fs::symlink_status(place, failure)); ++links) {
    if (links == kMostLinks) throw refused_output(output, "its symbolic links lead in a circle", "name a file");
    const auto to = fs::read_symlink(place, failure);
    if (failure) break;
    place = to.is_absolute() ? to : folder_of(place) / to;
  }
  return place;
}

FileIdentity identity_of(const fs::path& file) {
  struct stat found {};
  auto place = follow_links(file);
  if (!place.has_filename()) place = place.parent_path();  // "report/" is "report"
  fs::path to_come;
  while (::stat(place.c_str(), &found) != 0 && place.has_relative_path()) {
    to_come = to_come.empty() ? place.filename() : place.filename() / to_come;
    place = folder_of(place);
  }
  return {found.st_dev, found.st_ino, to_come.lexically_normal().string()};
}

fs::path temporary_name(const fs::path& target) {
  static const std::string tag = machine_tag();
  static std::atomic<unsigned> made{0};
  return folder_of(target) /
         fmt::format("{}{}-{}{}", beginning(target, tag.empty() ? "0" : tag), ::getpid(), ++made, kEnd);
}

void remove_abandoned(const fs::path& target) noexcept {
  try {
    const auto tag = machine_tag();
    if (tag.empty()) return;
    const auto begin = beginning(target, tag);
    for (const auto& entry : fs::directory_iterator(folder_of(target))) {
      const auto name = entry.path().filename().string();
      if (!name.starts_with(begin)) continue;
      const auto maker = maker_of(std::string_view(name).substr(begin.size()));
      if (maker > 0 && is_gone(maker)) fs::remove_all(entry.path());
    }
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): a leftover does no harm
  }
}

}  // namespace octocal
