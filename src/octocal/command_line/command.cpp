// SPDX-License-Identifier: Apache-2.0
#include "octocal/command_line/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/base/log.hpp"
#include "octocal/command_line/option_words.hpp"
#include "octocal/command_line/parse_error.hpp"

namespace octocal::command_line {
namespace {

/// Options that every command has.
struct FrameOptions {
  bool quiet = false;
  bool verbose = false;
  bool dump_config = false;
};

/// CLI11 clamps whole numbers that are too large and wraps negative ones; here they are refused.
std::string whole_number_defect(bool may_be_negative, const std::string& text) {
  const auto fits = [&text](auto number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
  };
  if (may_be_negative ? fits(std::int64_t{}) : fits(std::uint64_t{})) return {};
  return fmt::format("{} is not a value it can take", text);
}

/// CLI11 lets NaN through every range.
std::string real_number_defect(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && !std::isfinite(number))
    return fmt::format("{} is not a value it can take", text);
  return {};
}

/// What holds for every option of every command.
void complete_options(CLI::App& app) {
  for (auto* option : app.get_options()) {
    if (option->get_default_str() == "[]") option->default_str("");  // an empty list is no default worth showing
    const std::string type = option->get_type_name();
    const bool count = type.starts_with("UINT") || type == "N";
    if (count || type.starts_with("INT"))
      option->check([count](const std::string& text) { return whole_number_defect(!count, text); });
    else if (type.starts_with("FLOAT"))
      option->check(real_number_defect);
  }
}

}  // namespace

void run_command(const Command& command, std::vector<std::string> arguments) {
  FrameOptions frame;
  App app(fmt::format("{}: {}", command.name, command.summary), command.name);
  app.option_defaults()->always_capture_default();
  app.set_help_flag("-h,--help", "This text");
  app.footer(fmt::format("Examples:\n{}", command.examples));
  const auto run = command.define(app);
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
  } catch (const CLI::CallForVersion& version) {
    fmt::print("{}\n", version.what());
    return;
  } catch (const CLI::ParseError& error) {
    const bool only_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    if (!(frame.dump_config && only_missing))
      throw bad_input(fmt::format("{}; see {} --help", sentence_of(error, app), command.name));
  }
  if (frame.dump_config) {
    fmt::print("{}", settings_toml(app));
    return;
  }
  set_verbosity(frame.quiet ? Verbosity::kQuiet : frame.verbose ? Verbosity::kVerbose : Verbosity::kNormal);
  app.files().claim();
  try {
    run();
  } catch (const Error& error) {
    throw Error(error.code(), with_options(error.what(), app));
  }
}

std::string settings_toml(const CLI::App& app, const std::vector<std::string>& without) {
  std::istringstream lines(app.config_to_str(true, false));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const auto name = line.substr(0, line.find('='));
    if (line.empty() || line.ends_with("=\"\"") || line.ends_with("=[]")) continue;  // not given, and no default
    if (std::find(without.begin(), without.end(), name) == without.end()) kept += line + "\n";
  }
  return kept;
}

}  // namespace octocal::command_line
