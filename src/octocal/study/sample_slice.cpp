// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/sample_slice.hpp"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <string_view>

#include "octocal/base/error.hpp"

namespace octocal::study {
namespace {

/// Calls visit(line) for each line, its end included. Texts in recipes hold no line ends (they are escaped).
void for_each_line(std::string_view text, const std::function<void(std::string_view)>& visit) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto length = end == std::string_view::npos ? text.size() : end + 1;
    visit(text.substr(0, length));
    text.remove_prefix(length);
  }
}

}  // namespace

std::uint64_t first_shower_of(const std::string& text, const std::string& file) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || (error == std::errc() && end == text.data() + text.size())) return number;
  throw bad_input(fmt::format("{}: its attribute {} is {} (expected a number); make the file again", file,
                              kFirstShowerAttribute, text));
}

std::string recipe_for(const std::string& recipe, std::uint64_t first_shower, std::uint64_t showers) {
  std::string result;
  for_each_line(recipe, [&](std::string_view line) {
    if (line.starts_with("first-shower=")) return;
    if (!line.starts_with("showers=")) {
      result += line;
      return;
    }
    if (first_shower > 0) result += fmt::format("first-shower={}\n", first_shower);
    result += fmt::format("showers={}\n", showers);
  });
  return result;
}

std::string recipe_of_sample(const std::string& recipe) {
  std::string result;
  for_each_line(recipe, [&](std::string_view line) {
    if (!line.starts_with("model=") && !line.starts_with("first-shower=") && !line.starts_with("showers="))
      result += line;
  });
  return result;
}

}  // namespace octocal::study
