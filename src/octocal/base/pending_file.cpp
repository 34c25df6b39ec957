// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/pending_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "octocal/base/output_place.hpp"

namespace octocal {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kModeBits = 07777;
constexpr int kMostNames = 100;

/// Makes the empty file beside `place`, with the mode that `open` gives it, and opens it.
int make_beside(const fs::path& place, fs::path& made) {
  for (int i = 0; i < kMostNames; ++i) {
    made = temporary_name(place);
    const int file = ::open(made.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (file >= 0 || errno != EEXIST) return file;  // of a killed process that had this one's number
  }
  return -1;
}

}  // namespace

PendingFile::PendingFile(fs::path target) : target_(std::move(target)), place_(follow_links(target_)) {
  struct stat old {};
  const bool replaces = ::stat(place_.c_str(), &old) == 0;
  if ((replaces && S_ISDIR(old.st_mode)) || !place_.has_filename())
    throw refused_output(target_, "it is a folder", "name a file");
  // The rename at the end would put a plain file in the place of a device such as /dev/null.
  if (replaces && !S_ISREG(old.st_mode)) throw refused_output(target_, "it is not a plain file", "name a file");
  if (replaces && ::access(place_.c_str(), W_OK) != 0)
    throw refused_output(target_, std::strerror(errno), "write elsewhere, or allow it with chmod u+w");
  require_folder_of(target_, place_);
  const int file = make_beside(place_, temporary_);
  if (file < 0) throw refused_output(target_, errno);
  if (replaces) {
    mode_ = old.st_mode & kModeBits;
    // First the owner: changing it clears bits of the mode. Only root can give a file away; else it stays this user's.
    if (::fchown(file, old.st_uid, old.st_gid) != 0) errno = 0;
    ::fchmod(file, (mode_ & 0777U) | S_IRUSR | S_IWUSR);
  }
  ::close(file);
}

PendingFile::~PendingFile() {
  if (committed_) return;
  std::error_code ignored;
  fs::remove(temporary_, ignored);
}

void PendingFile::commit() {
  const int file = ::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC);
  const bool flushed = file >= 0 && ::fsync(file) == 0;
  if (!flushed) {
    const auto failure = write_failure(target_);
    if (file >= 0) ::close(file);
    throw failure;
  }
  if (mode_ != 0) ::fchmod(file, mode_);
  ::close(file);
  std::error_code failure;
  fs::rename(temporary_, place_, failure);
  if (failure)
    throw run_failed(
        fmt::format("{}: cannot be put in place ({}); write elsewhere", target_.string(), failure.message()));
  committed_ = true;
}

Error write_failure(const fs::path& target) {
  const int reason = errno;
  const bool telling = reason == ENOSPC || reason == EDQUOT || reason == EFBIG || reason == EIO || reason == EROFS ||
                       reason == ENOENT || reason == ESTALE;
  return run_failed(fmt::format("{}: could not be written whole ({}); free some space or write elsewhere",
                                target.string(), telling ? std::strerror(reason) : "is the disk full?"));
}

void write_text_file(const fs::path& target, const std::string& text) {
  PendingFile pending(target);
  std::ofstream out(pending.path(), std::ios::binary);
  out << text;
  out.close();
  if (!out) throw write_failure(target);
  pending.commit();
}

std::string read_text_file(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) throw bad_input(fmt::format("{}: no such file; check the path", file.string()));
  if (fs::is_directory(file, ignored)) throw bad_input(fmt::format("{}: is a folder; name a file", file.string()));
  if (fs::is_character_file(file, ignored) || fs::is_block_file(file, ignored))
    throw bad_input(fmt::format("{}: is a device; name a file", file.string()));  // /dev/zero has no end
  std::ifstream in(file, std::ios::binary);
  std::string text;
  // A guess that saves copies: pipes have no size, and files change. What is far too large is refused when it is read.
  constexpr std::uintmax_t kMostAhead = std::uintmax_t{1} << 28;
  const auto size = fs::file_size(file, ignored);
  if (!ignored) text.reserve(static_cast<std::size_t>(std::min(size, kMostAhead)));
  std::vector<char> chunk(1 << 16);
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0)
    text.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
  if (!in.eof()) throw bad_input(fmt::format("{}: cannot be read; check that you may read it", file.string()));
  return text;
}

}  // namespace octocal
