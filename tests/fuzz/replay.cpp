// SPDX-License-Identifier: Apache-2.0
// Reads every file of a folder of seeds once: a test that needs no libFuzzer. Names of files that must be accepted begin
// with "right"; all others must be refused.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/fuzz_target.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  int files = 0, wrong = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    const auto refusal = octocal::fuzz::refusal_of({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    const auto name = entry.path().filename().string();
    if (refusal.empty() != name.starts_with("right")) {
      std::fprintf(stderr, "%s: %s\n", name.c_str(), refusal.empty() ? "accepted" : refusal.c_str());
      ++wrong;
    }
    ++files;
  }
  std::printf("%d files read\n", files);
  return files > 0 && wrong == 0 ? 0 : 1;
}
