// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/pending_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "octocal/base/error.hpp"

namespace octocal {

PendingFile::PendingFile(std::filesystem::path target) : target_(std::move(target)) {
  std::error_code ignored;
  if (std::filesystem::is_directory(target_, ignored))
    throw bad_input(fmt::format("{}: cannot be written (it is a folder); name a file", target_.string()));
  // The rename at the end would put a plain file in the place of a device such as /dev/null.
  if (std::filesystem::exists(target_, ignored) && !std::filesystem::is_regular_file(target_, ignored))
    throw bad_input(fmt::format("{}: cannot be written (it is not a plain file); name a file", target_.string()));
  auto folder = target_.parent_path();
  if (folder.empty()) folder = ".";
  if (!std::filesystem::is_directory(folder, ignored))
    throw bad_input(fmt::format("{}: cannot be written (no folder {}); create the folder first", target_.string(),
                                folder.string()));
  temporary_ = folder / fmt::format(".{}.{}.tmp", target_.filename().string(), ::getpid());
  const int file = ::open(temporary_.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
  if (file < 0)
    throw bad_input(fmt::format("{}: cannot be written ({}); choose a folder that you may write to", target_.string(),
                                std::strerror(errno)));
  ::close(file);
}

PendingFile::~PendingFile() {
  if (committed_) return;
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void PendingFile::commit() {
  const int file = ::open(temporary_.c_str(), O_RDONLY);
  const bool flushed = file >= 0 && ::fsync(file) == 0;
  const int reason = errno;
  if (file >= 0) ::close(file);
  if (!flushed)
    throw run_failed(fmt::format("{}: cannot be completed ({}); free some space or write elsewhere", target_.string(),
                                 std::strerror(reason)));
  std::error_code failure;
  std::filesystem::rename(temporary_, target_, failure);
  if (failure)
    throw run_failed(
        fmt::format("{}: cannot be put in place ({}); write elsewhere", target_.string(), failure.message()));
  committed_ = true;
}

void write_text_file(const std::filesystem::path& target, const std::string& text) {
  PendingFile pending(target);
  std::ofstream out(pending.path(), std::ios::binary);
  out << text;
  out.close();
  if (!out)
    throw bad_input(fmt::format(
        "{}: could not be written whole (is the disk full?); free some space or write elsewhere", target.string()));
  pending.commit();
}

std::string read_text_file(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    throw bad_input(fmt::format("{}: no such file; check the path", file.string()));
  if (std::filesystem::is_directory(file, ignored))
    throw bad_input(fmt::format("{}: is a folder; name a file", file.string()));
  std::ifstream in(file, std::ios::binary);
  std::string text;
  std::vector<char> chunk(1 << 16);
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0)
    text.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
  if (!in.eof()) throw bad_input(fmt::format("{}: cannot be read; check that you may read it", file.string()));
  return text;
}

}  // namespace octocal
