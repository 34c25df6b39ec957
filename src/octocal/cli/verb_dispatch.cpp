// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/verb_dispatch.hpp"

#include <fmt/format.h>

#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/base/nearest_name.hpp"
#include "octocal/base/run_program.hpp"
#include "octocal/cli/other_program.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/command_line/command.hpp"

namespace octocal::cli {
namespace {

std::string program_help() {
  std::string text =
      "octocal makes calorimeter showers with a convolutional GAN in reduced precision, and proves that the physics "
      "survived.\n\nUsage: octocal VERB [OPTIONS]\n\nVerbs:\n";
  for (const auto& verb : verbs()) text += fmt::format("  {:<10}{}\n", verb.name, verb.summary);
  text +=
      "\nOptions:\n  -h, --help     This text\n  --version      Version and best instruction set of this machine\n\n"
      "octocal VERB --help tells a verb's options, with examples.\n";
  return text;
}

void run_verb(const VerbDefinition& verb, std::vector<std::string> arguments) {
  if (verb.program != nullptr) {
    arguments.insert(arguments.begin(), verb.name);
    run_instead(verb.program, arguments);
  }
  command_line::run_command({fmt::format("octocal {}", verb.name), verb.summary, verb.examples, verb.define},
                            std::move(arguments));
}

/// " (did you mean generate?)", or nothing.
std::string guess(const std::string& typed) {
  std::vector<std::string> known = {"--help", "--version"};
  if (!typed.starts_with('-')) {
    known = {"help"};
    for (const auto& verb : verbs()) known.emplace_back(verb.name);
  }
  const auto meant = nearest_name(typed, known);
  return meant.empty() ? "" : fmt::format(" (did you mean {}?)", meant);
}

void run_arguments(std::vector<std::string> arguments) {
  if (arguments.empty()) {
    // As git does: whoever tries the program sees what it can do, and a script that forgot the verb does not go on.
    fmt::print("{}", program_help());
    throw bad_input("no verb is given; see octocal --help");
  }
  if (arguments.front() == "help" && arguments.size() > 1) arguments = {arguments[1], "--help"};
  const auto& first = arguments.front();
  if (first == "--help" || first == "-h" || first == "help") {
    fmt::print("{}", program_help());
    return;
  }
  if (first == "--version") {
    fmt::print("octocal {} ({})\n", version(), isa_name(machine_isa()));
    return;
  }
  for (const auto& verb : verbs())
    if (first == verb.name) return run_verb(verb, {arguments.begin() + 1, arguments.end()});
  throw bad_input(fmt::format("unknown {} {}{}; see octocal --help", first.starts_with('-') ? "option" : "verb", first,
                              guess(first)));
}

}  // namespace

int run_command_line(const std::vector<std::string>& arguments) noexcept {
  return run_program(
      [&] {
        remember_arguments(arguments);
        run_arguments(arguments);
      },
      "try a smaller --batch or fewer --streams");
}

}  // namespace octocal::cli
