// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace octocal {

/// The files of one run, declared before it begins: what it reads and what it writes, each with the name by which the
/// user gave it ("--json", or "output" in Python). claim() refuses a run that would overwrite what it reads, or find at
/// its end that it cannot write.
///
///     RunFiles files;
///     files.reads("--energy", "a.h5");
///     files.writes("--output", "a.h5");
///     files.claim();  // octocal: a.h5: cannot be written (--output would overwrite what --energy reads); write elsewhere
///
/// Empty file names are options that were not given: they are left out. Not thread-safe.
class RunFiles {
 public:
  /// Files that the run reads.
  void reads(const std::string& option, const std::filesystem::path& file);
  void reads(const std::string& option, const std::vector<std::string>& files);

  /// A file that a PendingFile will replace.
  void writes(const std::string& option, const std::filesystem::path& file);

  /// A folder that a PendingFolder will replace, with all that is in it.
  void replaces(const std::string& option, const std::filesystem::path& folder);

  /// A folder that is made, with its parents, if it is missing, and in which files of these names are written. Other
  /// outputs may lie in it, too.
  void fills(const std::string& option, const std::filesystem::path& folder, const std::vector<std::string>& names);

  /// Checks all of it and changes nothing, but for leftovers of killed runs, which are removed (remove_abandoned). Files
  /// are told apart by what they are, not by name: symbolic and hard links and ./ do not hide them. What standard output
  /// and error are redirected to counts as written, too.
  ///
  /// Errors: bad_input naming the file and both options: an output that is an input, or another output, or lies in a
  /// folder that is replaced, or an input does; an output that cannot be written (as PendingFile and PendingFolder).
  void claim() const;

 private:
  enum class Kind { kFile, kFolder, kFileInFolder };
  struct Named {
    std::string option;
    std::filesystem::path file;
    Kind kind = Kind::kFile;
  };

  void refuse_clashes() const;
  void refuse_losses_in_folders() const;
  static void probe(const Named& output);

  std::vector<Named> inputs_, outputs_;
};

}  // namespace octocal
