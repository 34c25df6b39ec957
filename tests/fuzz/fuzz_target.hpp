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
/// Returns the message, "" if the bytes were accepted.
std::string refusal_of(std::span<const std::uint8_t> bytes);

/// A file that holds these bytes as long as the object lives.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& bytes);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
};

}  // namespace octocal::fuzz
