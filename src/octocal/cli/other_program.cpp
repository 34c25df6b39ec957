// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/other_program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "octocal/base/error.hpp"

namespace octocal::cli {
namespace {

std::vector<std::string>& remembered() noexcept {
  static std::vector<std::string> arguments;
  return arguments;
}

}  // namespace

void run_instead(const std::string& program, const std::vector<std::string>& arguments) {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  const auto place = (failure ? std::filesystem::path(".") : self.parent_path()) / program;
  std::vector<std::string> texts{place.string()};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  ::execv(texts.front().c_str(), pointers.data());
  throw bad_input(fmt::format(
      "{}: cannot be started ({}), and octocal needs it for what is asked; build or install the two together",
      place.string(), std::strerror(errno)));
}

const std::vector<std::string>& given_arguments() noexcept { return remembered(); }
void remember_arguments(const std::vector<std::string>& arguments) { remembered() = arguments; }

}  // namespace octocal::cli
