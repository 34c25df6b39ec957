// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"

namespace octocal::fuzz {

std::string refusal_of(std::span<const std::uint8_t> bytes) {
  set_verbosity(Verbosity::kQuiet);
  try {
    read_damaged({bytes.begin(), bytes.end()});
    return {};
  } catch (const Error& error) {
    const std::string message = error.what();
    if (message.find('\n') == std::string::npos && message.find("; ") != std::string::npos) return message;
    std::fprintf(stderr, "not a sentence: %s\n", message.c_str());
    std::abort();
  }
}

TemporaryFile::TemporaryFile(const std::string& bytes) {
  // In memory where that is; not a memfd, whose name HDF5 does not take.
  const std::filesystem::path memory = "/dev/shm";
  name_ =
      (std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path()) / "octocal-fuzz-XXXXXX";
  const int file = ::mkstemp(name_.data());
  if (file < 0 || ::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  ::close(file);
}

TemporaryFile::~TemporaryFile() { ::unlink(name_.c_str()); }

}  // namespace octocal::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  octocal::fuzz::refusal_of({data, size});
  return 0;
}
