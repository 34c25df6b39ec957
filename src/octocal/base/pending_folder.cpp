// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/pending_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "octocal/base/output_place.hpp"

namespace octocal {
namespace {

namespace fs = std::filesystem;

/// Lets two names change places; for a file system that cannot do it at once, in two steps that a failure undoes.
std::error_code exchange(const fs::path& a, const fs::path& b) {
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return {};
  if (errno != EINVAL && errno != ENOSYS) return {errno, std::generic_category()};
  const auto aside = temporary_name(b);
  std::error_code failure, ignored;
  fs::rename(b, aside, failure);
  if (failure) return failure;
  fs::rename(a, b, failure);
  fs::rename(aside, failure ? b : a, ignored);
  return failure;
}

}  // namespace

PendingFolder::PendingFolder(fs::path target) : target_(std::move(target)) {
  place_ = follow_links(target_.has_filename() ? target_ : target_.parent_path());  // "report/" is "report"
  const auto name = place_.filename();
  if (name.empty() || name == "." || name == "..")
    throw refused_output(target_, "it cannot be replaced as a whole", "name a folder of its own");
  struct stat old {};
  const bool replaces = ::stat(place_.c_str(), &old) == 0;
  if (replaces && !S_ISDIR(old.st_mode))
    throw refused_output(target_, "it exists and is no folder", "name another, or remove it");
  require_folder_of(target_, place_);
  temporary_ = temporary_name(place_);
  if (::mkdir(temporary_.c_str(), 0777) != 0) throw refused_output(target_, errno);
  if (replaces) ::chmod(temporary_.c_str(), (old.st_mode & 07777U) | S_IRWXU);
}

PendingFolder::~PendingFolder() {
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void PendingFolder::commit() {
  std::error_code failure, ignored;
  if (fs::exists(place_, ignored))
    failure = exchange(temporary_, place_);
  else
    fs::rename(temporary_, place_, failure);
  if (failure)
    throw run_failed(
        fmt::format("{}: cannot be put in place ({}); write elsewhere", target_.string(), failure.message()));
  fs::remove_all(temporary_, ignored);  // what was there before, if anything was
}

}  // namespace octocal
