// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

// Every *_fuzz.cpp here defines read_damaged() for one kind of file; fuzz_target.cpp makes a libFuzzer target of it, and
// replay.cpp a program that reads the files in tests/fuzz/seeds once.

namespace octocal::fuzz {

/// Reads the bytes as one kind of file and, if they are right, all that the program reads of it. What is wrong is told by
/// throwing octocal::Error; anything else that is thrown, a crash or a report of a sanitizer is a finding.
void read_damaged(const std::string& bytes);

/// Calls read_damaged. Aborts if an Error's message is no single line, or not of the form "problem; what to do".
/// Returns whether the bytes were accepted.
bool is_accepted(std::span<const std::uint8_t> bytes);

/// A file that holds these bytes as long as the object lives, in memory.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& bytes);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const std::string& name() const noexcept { return name_; }

 private:
  int file_ = -1;
  std::string name_;
};

}  // namespace octocal::fuzz
