// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/run_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "octocal/base/output_place.hpp"
#include "octocal/base/pending_file.hpp"
#include "octocal/base/pending_folder.hpp"

namespace octocal {
namespace {

namespace fs = std::filesystem;

/// The plain file that a standard stream is redirected to, if it is.
std::optional<FileIdentity> redirected(int stream) {
  struct stat found {};
  if (::fstat(stream, &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return FileIdentity{found.st_dev, found.st_ino, {}};
}

/// Everything above a file: the folders it lies in, links followed.
std::vector<FileIdentity> folders_above(const fs::path& file) {
  std::error_code failure;
  auto place = fs::weakly_canonical(fs::absolute(follow_links(file)), failure);
  if (!place.has_filename()) place = place.parent_path();  // "report/", to come, does not lie in itself
  std::vector<FileIdentity> above;
  for (auto folder = place.parent_path();; folder = folder.parent_path()) {
    above.push_back(identity_of(folder));
    if (folder == folder.parent_path()) return above;
  }
}

/// "what --energy reads", or "a.h5, the same file, which --energy reads".
std::string named_too(const fs::path& output, const fs::path& input, const std::string& option) {
  if (output == input) return fmt::format("what {} reads", option);
  return fmt::format("{}, the same file, which {} reads", input.string(), option);
}

}  // namespace

void RunFiles::reads(const std::string& option, const fs::path& file) {
  if (!file.empty()) inputs_.push_back({option, file});
}

void RunFiles::reads(const std::string& option, const std::vector<std::string>& files) {
  for (const auto& file : files) reads(option, fs::path(file));
}

void RunFiles::writes(const std::string& option, const fs::path& file) {
  if (!file.empty()) outputs_.push_back({option, file});
}

void RunFiles::replaces(const std::string& option, const fs::path& folder) {
  if (!folder.empty()) outputs_.push_back({option, folder, Kind::kFolder});
}

void RunFiles::fills(const std::string& option, const fs::path& folder, const std::vector<std::string>& names) {
  if (folder.empty()) return;
  for (const auto& name : names) outputs_.push_back({option, folder / name, Kind::kFileInFolder});
}

void RunFiles::claim() const {
  refuse_clashes();
  refuse_losses_in_folders();
  // Before anything is made: of runs that are killed one after the other only what the last one made is left.
  bool others = false;
  for (const auto& output : outputs_) others = remove_abandoned(follow_links(output.file)) || others;
  std::set<FileIdentity> to_be_made;
  for (const auto& output : outputs_)
    if (output.kind == Kind::kFileInFolder) to_be_made.insert(identity_of(folder_of(output.file)));
  for (auto output : outputs_) {
    if (output.kind == Kind::kFile && to_be_made.contains(identity_of(folder_of(output.file))))
      output.kind = Kind::kFileInFolder;
    probe(output);
  }
  if (!others) return;
  for (const auto& output : outputs_) remove_abandoned(follow_links(output.file));  // by the time that it is now
}

void RunFiles::refuse_clashes() const {
  std::map<FileIdentity, const Named*> read, written;
  for (const auto& input : inputs_) {
    std::error_code ignored;
    if (fs::exists(input.file, ignored)) read.emplace(identity_of(input.file), &input);  // else its reader says so
  }
  for (const auto& output : outputs_) {
    const auto identity = identity_of(output.file);
    const auto refuse = [&](const std::string& why) { return refused_output(output.file, why); };
    if (identity == redirected(STDOUT_FILENO)) throw refuse("standard output is redirected to it");
    if (identity == redirected(STDERR_FILENO)) throw refuse("standard error is redirected to it");
    if (const auto same = read.find(identity); same != read.end())
      throw refuse(fmt::format("{} would overwrite {}", output.option,
                               named_too(output.file, same->second->file, same->second->option)));
    if (const auto [same, is_new] = written.emplace(identity, &output); !is_new)
      throw refuse(fmt::format("{} and {} would both write it", same->second->option, output.option));
  }
}

void RunFiles::refuse_losses_in_folders() const {
  std::map<FileIdentity, const Named*> replaced;
  for (const auto& output : outputs_)
    if (output.kind == Kind::kFolder) replaced.emplace(identity_of(output.file), &output);
  if (replaced.empty()) return;
  const auto check = [&](const Named& file, const char* what) {
    for (const auto& folder : folders_above(file.file))
      if (const auto found = replaced.find(folder); found != replaced.end())
        throw refused_output(found->second->file, fmt::format("{} would remove {}, which {} {}", found->second->option,
                                                              file.file.string(), file.option, what));
  };
  for (const auto& input : inputs_) check(input, "reads");
  for (const auto& output : outputs_) check(output, "writes");
}

void RunFiles::probe(const Named& output) {
  std::error_code ignored;
  if (output.kind == Kind::kFileInFolder && !fs::exists(folder_of(output.file), ignored)) {
    auto missing = folder_of(output.file);
    while (!fs::exists(folder_of(missing), ignored)) missing = folder_of(missing);
    if (!fs::is_directory(folder_of(missing), ignored))
      throw refused_output(output.file, fmt::format("{} is no folder", folder_of(missing).string()));
    const PendingFolder can_be_made(missing);
    return;
  }
  if (output.kind == Kind::kFolder)
    const PendingFolder can_be_made(output.file);
  else
    const PendingFile can_be_written(output.file);
}

}  // namespace octocal
