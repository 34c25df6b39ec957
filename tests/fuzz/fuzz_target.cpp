// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_target.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"

namespace octocal::fuzz {

bool is_accepted(std::span<const std::uint8_t> bytes) {
  set_verbosity(Verbosity::kQuiet);
  try {
    read_damaged({bytes.begin(), bytes.end()});
    return true;
  } catch (const Error& error) {
    const std::string message = error.what();
    if (message.find('\n') == std::string::npos && message.find("; ") != std::string::npos) return false;
    std::fprintf(stderr, "not a sentence: %s\n", message.c_str());
    std::abort();
  }
}

MemoryFile::MemoryFile(const std::string& bytes) : file_(::memfd_create("fuzz", MFD_CLOEXEC)) {
  if (file_ < 0 || ::write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  name_ = "/proc/self/fd/" + std::to_string(file_);
}

MemoryFile::~MemoryFile() { ::close(file_); }

}  // namespace octocal::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  octocal::fuzz::is_accepted({data, size});
  return 0;
}
