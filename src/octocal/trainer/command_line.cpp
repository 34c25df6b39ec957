// SPDX-License-Identifier: Apache-2.0
#include "octocal/trainer/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <type_traits>

#include "octocal/base/error.hpp"

namespace octocal::trainer {
namespace {

using train::TrainingOption;

/// The names of an option; those with a ! in front switch a flag off.
std::vector<std::string> names_of(const TrainingOption& option) {
  std::vector<std::string> names;
  std::istringstream all(option.names);
  for (std::string name; std::getline(all, name, ',');) names.push_back(name);
  return names;
}

bool is_option(const std::string& text) {
  return text.size() > 1 && text[0] == '-' && (text[1] == '-' || (text[1] >= 'a' && text[1] <= 'z'));
}

Error unfit(const std::string& name, const std::string& value) {
  return bad_input(fmt::format("{}: {} is not a value it can take; see octocal-train --help", name, value));
}

template <typename Number>
void read_number(const TrainingOption& option, const std::string& name, const std::string& text, Number& number) {
  const auto* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  const auto value = static_cast<double>(number);
  if (failure != std::errc() || rest != end ||
      (option.least < option.most && !(value >= option.least && value <= option.most)))
    throw unfit(name, text);
}

/// Stores what follows the option's name; returns how many arguments that was.
std::size_t store(const TrainingOption& option, const std::string& name, const std::vector<std::string>& values) {
  return std::visit(
      [&](auto* place) -> std::size_t {
        using Value = std::remove_pointer_t<decltype(place)>;
        if constexpr (std::is_same_v<Value, bool>) {
          const auto names = names_of(option);
          *place = std::find(names.begin(), names.end(), "!" + name) == names.end();
          return 0;
        } else {
          if (values.empty()) throw bad_input(fmt::format("{}: a value is missing; see octocal-train --help", name));
          if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
            *place = values;
            return values.size();
          } else if constexpr (std::is_same_v<Value, std::string>) {
            const auto& choices = option.choices;
            if (!choices.empty() && std::find(choices.begin(), choices.end(), values[0]) == choices.end())
              throw unfit(name, values[0]);
            *place = values[0];
          } else {
            read_number(option, name, values[0], *place);
          }
          return 1;
        }
      },
      option.value);
}

std::string default_of(const TrainingOption& option) {
  return std::visit(
      [](const auto* place) -> std::string {
        using Value = std::remove_cv_t<std::remove_pointer_t<decltype(place)>>;
        if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
          return {};
        } else if constexpr (std::is_same_v<Value, bool>) {
          return *place ? "on" : "off";
        } else {
          return fmt::format("{}", *place);
        }
      },
      option.value);
}

}  // namespace

void parse_command_line(const std::vector<std::string>& arguments, const std::vector<TrainingOption>& options) {
  for (std::size_t i = 0; i < arguments.size();) {
    auto name = arguments[i++];
    std::vector<std::string> values;
    if (const auto equals = name.find('='); equals != std::string::npos && is_option(name)) {
      values = {name.substr(equals + 1)};
      name.resize(equals);
    }
    const auto found = std::find_if(options.begin(), options.end(), [&](const TrainingOption& option) {
      const auto names = names_of(option);
      return std::any_of(names.begin(), names.end(),
                         [&](const std::string& own) { return own == name || own == "!" + name; });
    });
    if (found == options.end())
      throw bad_input(fmt::format("unknown option or argument {}; see octocal-train --help", name));
    const bool joined = !values.empty();
    for (std::size_t k = i; !joined && k < arguments.size() && !is_option(arguments[k]); ++k)
      values.push_back(arguments[k]);
    const auto taken = store(*found, name, values);
    if (joined && taken == 0) throw bad_input(fmt::format("{}: takes no value; see octocal-train --help", name));
    if (!joined) i += taken;
  }
}

std::string help_text(const std::vector<TrainingOption>& options) {
  std::string text;
  for (const auto& option : options) {
    auto names = option.names;
    std::erase(names, '!');
    const auto otherwise = default_of(option);
    text += fmt::format("  {} {}\n      {}{}\n", names, option.type, option.help,
                        otherwise.empty() ? "" : fmt::format(" [{}]", otherwise));
  }
  return text;
}

}  // namespace octocal::trainer
