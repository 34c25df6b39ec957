// SPDX-License-Identifier: Apache-2.0
#include "octocal/cli/verb_dispatch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <new>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/base/machine.hpp"
#include "octocal/cli/option_words.hpp"
#include "octocal/cli/verb.hpp"
#include "octocal/cli/verb_options.hpp"

namespace octocal::cli {
namespace {

/// Options that every verb has.
struct FrameOptions {
  bool quiet = false;
  bool verbose = false;
  bool dump_config = false;
};

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

/// CLI11's complaints in our form: one sentence that names the option.
std::string sentence_of(const CLI::ParseError& error, const CLI::App& app) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const auto unknown = app.remaining();
    const auto first = unknown.empty() ? std::string() : unknown.front();
    return fmt::format("{} {}", first.starts_with('-') ? "unknown option" : "unexpected argument", first);
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    std::string name = error.what();
    name = name.substr(0, name.find(" is required"));
    return fmt::format("{} is missing", name);
  }
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    std::string what = error.what();
    const std::string prefix = "Could not convert: ";
    const auto equals = what.find(" = ");
    if (what.starts_with(prefix) && equals != std::string::npos)
      return fmt::format("{}: {} is not a value it can take", what.substr(prefix.size(), equals - prefix.size()),
                         what.substr(equals + 3));
  }
  std::string what = error.what();
  std::replace(what.begin(), what.end(), '\n', ' ');
  if (what.size() > 1 && std::islower(static_cast<unsigned char>(what[1])) != 0)
    what[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(what[0])));
  return what;
}

/// CLI11 clamps whole numbers that are too large and wraps negative ones; here they are refused.
std::string whole_number_defect(bool may_be_negative, const std::string& text) {
  const auto fits = [&text](auto number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
  };
  if (may_be_negative ? fits(std::int64_t{}) : fits(std::uint64_t{})) return {};
  return fmt::format("{} is not a value it can take", text);
}

/// What holds for every option of every verb.
void complete_options(CLI::App& app) {
  for (auto* option : app.get_options()) {
    if (option->get_default_str() == "[]") option->default_str("");  // an empty list is no default worth showing
    const std::string type = option->get_type_name();
    const bool count = type.starts_with("UINT") || type == "N";
    if (count || type.starts_with("INT"))
      option->check([count](const std::string& text) { return whole_number_defect(!count, text); });
  }
}

void run_verb(const VerbDefinition& verb, std::vector<std::string> arguments) {
  FrameOptions frame;
  CLI::App app(fmt::format("octocal {}: {}", verb.name, verb.summary), fmt::format("octocal {}", verb.name));
  app.option_defaults()->always_capture_default();
  app.set_help_flag("-h,--help", "This text");
  app.footer(fmt::format("Examples:\n{}", verb.examples));
  const auto run = verb.define(app);
  complete_options(app);
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.set_config("--config", "", "Read options from this TOML file; the command line wins")->type_name("FILE");
  app.add_flag("--dump-config", frame.dump_config, "Print all settings as TOML and stop")->configurable(false);
  app.add_flag("-q,--quiet", frame.quiet, "Errors only on stderr")->configurable(false);
  app.add_flag("-v,--verbose", frame.verbose, "Tell on stderr what is done")->configurable(false)->excludes("--quiet");
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them last first
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return;
  } catch (const CLI::ParseError& error) {
    const bool only_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    if (!(frame.dump_config && only_missing))
      throw bad_input(fmt::format("{}; see octocal {} --help", sentence_of(error, app), verb.name));
  }
  if (frame.dump_config) {
    fmt::print("{}", settings_toml(app));
    return;
  }
  set_verbosity(frame.quiet ? Verbosity::kQuiet : frame.verbose ? Verbosity::kVerbose : Verbosity::kNormal);
  try {
    run();
  } catch (const Error& error) {
    throw Error(error.code(), with_options(error.what(), app));
  }
}

void run_program(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw bad_input("no verb is given; see octocal --help");
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
  throw bad_input(fmt::format("unknown {} {}; see octocal --help", first.starts_with('-') ? "option" : "verb", first));
}

}  // namespace

int run_command_line(const std::vector<std::string>& arguments) noexcept {
  try {
    run_program(arguments);
    if (std::fflush(stdout) != 0) throw run_failed("the results could not be written to standard output");
    return 0;
  } catch (const Error& error) {
    log_error(error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    log_error("out of memory; try a smaller --batch or fewer --streams");
  } catch (const std::exception& error) {
    log_error(fmt::format("unexpected failure: {}", error.what()));
  } catch (...) {
    log_error("unexpected failure of an unknown kind");
  }
  return 1;
}

}  // namespace octocal::cli
