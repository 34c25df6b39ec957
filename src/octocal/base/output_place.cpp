// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/output_place.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
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
/// What nobody has written to for so long belongs to a process that is gone, whichever machine it ran on: files under
/// temporary names are written to all the time, or are there for a moment.
constexpr std::chrono::hours kAbandoned{7 * 24};

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
std::string beginning(const fs::path& target) {
  return fmt::format(".{}.", target.filename().string().substr(0, kLongestName));
}

/// Who made a temporary name: machine and process; 0 if it is none of ours.
struct TemporaryMaker {
  std::string_view machine;
  pid_t process = 0;
};

/// The process number in a temporary name, behind its beginning and the machine; 0 if this is none.
pid_t process_of(std::string_view rest) {
  if (!rest.ends_with(kEnd)) return 0;
  rest.remove_suffix(kEnd.size());
  long maker = 0, count = 0;
  const auto* const end = rest.data() + rest.size();
  const auto first = std::from_chars(rest.data(), end, maker);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-' || maker < 1) return 0;
  const auto second = std::from_chars(first.ptr + 1, end, count);
  return second.ec == std::errc() && second.ptr == end ? static_cast<pid_t>(maker) : 0;
}

TemporaryMaker maker_of(std::string_view rest) {
  const auto machine = rest.substr(0, std::min(rest.find('-'), rest.size()));
  const bool is_tag = machine == "0" ||
                      (machine.size() == 8 && machine.find_first_not_of("0123456789abcdef") == std::string_view::npos);
  return {machine, is_tag ? process_of(rest.substr(std::min(machine.size() + 1, rest.size()))) : 0};
}

bool is_gone(pid_t process) { return ::kill(process, 0) != 0 && errno == ESRCH; }

/// When a file, or what is in a folder, was last written to, by its file system's clock.
fs::file_time_type last_written(const fs::path& place) {
  auto last = fs::last_write_time(place);
  if (fs::is_directory(place))
    for (const auto& entry : fs::recursive_directory_iterator(place)) last = std::max(last, entry.last_write_time());
  return last;
}

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
         fmt::format("{}{}-{}-{}{}", beginning(target), tag.empty() ? "0" : tag, ::getpid(), ++made, kEnd);
}

bool remove_abandoned(const fs::path& output) noexcept {
  bool others = false;
  try {
    const auto target = output.has_filename() ? output : output.parent_path();  // "report/" is "report"
    const auto tag = machine_tag();
    const auto begin = beginning(target);
    // The folder's own time is the file system's, whatever clock this machine has; if it is old, nothing is removed.
    const auto now = fs::last_write_time(folder_of(target));
    for (const auto& entry : fs::directory_iterator(folder_of(target))) {
      const auto name = entry.path().filename().string();
      if (!name.starts_with(begin)) continue;
      const auto maker = maker_of(std::string_view(name).substr(begin.size()));
      if (maker.process == 0 || entry.is_symlink()) continue;
      const bool is_own = !tag.empty() && maker.machine == tag;
      if (is_own ? is_gone(maker.process) : now - last_written(entry.path()) > kAbandoned)
        fs::remove_all(entry.path());
      else
        others = others || !is_own;
    }
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): a leftover does no harm
  }
  return others;
}

}  // namespace octocal
