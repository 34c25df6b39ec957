// SPDX-License-Identifier: Apache-2.0
#include "octocal/command_line/parse_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "octocal/base/nearest_name.hpp"

namespace octocal::command_line {
namespace {

std::vector<std::string> long_names(const CLI::App& app, const std::string& dashes) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) names.push_back(dashes + name);
  return names;
}

std::string guess(const std::string& typed, const std::vector<std::string>& known) {
  const auto meant = nearest_name(typed, known);
  return meant.empty() ? "" : fmt::format(" (did you mean {}?)", meant);
}

/// What stands behind `begin`, if the text begins so.
std::string behind(std::string_view begin, const std::string& text) {
  return text.starts_with(begin) ? text.substr(begin.size()) : "";
}

std::string unknown_argument(const CLI::App& app) {
  const auto unknown = app.remaining();
  const auto first = unknown.empty() ? std::string() : unknown.front();
  if (!first.starts_with('-')) return fmt::format("unexpected argument {}", first);
  return fmt::format("unknown option {}{}", first, guess(first.substr(0, first.find('=')), long_names(app, "--")));
}

std::string first_letter_small(std::string what) {
  std::replace(what.begin(), what.end(), '\n', ' ');
  if (what.size() > 1 && std::islower(static_cast<unsigned char>(what[1])) != 0)
    what[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(what[0])));
  return what;
}

}  // namespace

std::string sentence_of(const CLI::ParseError& error, const CLI::App& app) {
  const std::string what = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) return unknown_argument(app);
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    // What is missing may be there, misspelt.
    if (!app.remaining().empty()) return unknown_argument(app);
    return fmt::format("{} is missing", what.substr(0, what.find(" is required")));
  }
  if (dynamic_cast<const CLI::ConfigError*>(&error) != nullptr) {
    if (const auto setting = behind("INI was not able to parse ", what); !setting.empty())
      return fmt::format("--config: unknown setting {}{}", setting, guess(setting, long_names(app, "")));
  }
  if (dynamic_cast<const CLI::FileError*>(&error) != nullptr)
    return fmt::format("{}: no such file, or it cannot be read", what.substr(0, what.find(" was not readable")));
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    const auto pair = behind("Could not convert: ", what);
    if (const auto equals = pair.find(" = "); equals != std::string::npos)
      return fmt::format("{}: {} is not a value it can take", pair.substr(0, equals), pair.substr(equals + 3));
  }
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr)
    if (const auto excludes = what.find(" excludes "); excludes != std::string::npos)
      return fmt::format("{} and {} exclude each other", what.substr(0, excludes),
                         what.substr(excludes + std::string_view(" excludes ").size()));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const auto option = what.substr(0, what.find(": "));
    if (what.find(": At Most ") != std::string::npos) return fmt::format("{} is given several times", option);
    if (what.ends_with(" missing") || what.find(": At least ") != std::string::npos)
      return fmt::format("{}: its value is missing", option);
  }
  return first_letter_small(what);
}

}  // namespace octocal::command_line
