// SPDX-License-Identifier: Apache-2.0
#include "integration/bad_input/program_run.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "unit/base/temporary_folder.hpp"

namespace octocal::test {
namespace {

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

[[noreturn]] void become_octocal(const std::vector<std::string>& arguments, const ProgramOptions& options,
                                 const std::string& out, const std::string& err) {
  const auto to = options.standard_output.value_or(out);
  ::dup2(::open(to.c_str(), O_CREAT | O_WRONLY, 0600), STDOUT_FILENO);
  if (to.empty()) ::close(STDOUT_FILENO);
  ::dup2(::open(err.c_str(), O_CREAT | O_WRONLY, 0600), STDERR_FILENO);
  if (options.largest_file_bytes > 0) {
    const rlimit limit{options.largest_file_bytes, options.largest_file_bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  std::vector<char*> words{const_cast<char*>(OCTOCAL_PROGRAM)};
  for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  ::execv(OCTOCAL_PROGRAM, words.data());
  ::_exit(99);
}

}  // namespace

ProgramResult run_octocal(const std::vector<std::string>& arguments, const ProgramOptions& options) {
  const TemporaryFolder folder;  // files instead of pipes: no reader is needed while the program runs
  const auto out = folder.file("out");
  const auto err = folder.file("err");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) become_octocal(arguments, options, out, err);
  if (options.while_it_runs) options.while_it_runs(child);
  int status = 0;
  ::waitpid(child, &status, 0);
  ProgramResult result{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text_of(out), text_of(err)};
  return result;
}

}  // namespace octocal::test
