// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/sample_slice.hpp"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <string_view>

#include "octocal/base/error.hpp"

namespace octocal::study {
namespace {

constexpr std::string_view kFirst = "first-shower=";

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

std::uint64_t number_of(const std::string& attribute, const std::string& text, const std::string& file) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  throw bad_input(
      fmt::format("{}: its attribute {} is {} (expected a number); make the file again", file, attribute, text));
}

std::uint64_t first_shower_of(const std::string& text, const std::string& file) {
  return text.empty() ? 0 : number_of(kFirstShowerAttribute, text, file);
}

std::string recipe_for(const std::string& recipe, std::uint64_t showers) {
  std::string result;
  for_each_line(recipe, [&](std::string_view line) {
    if (line.starts_with("showers="))
      result += fmt::format("showers={}\n", showers);
    else
      result += line;
  });
  return result;
}

std::uint64_t first_input_of(const std::string& recipe) {
  std::uint64_t first = 0;
  for_each_line(recipe, [&](std::string_view line) {
    if (line.starts_with(kFirst)) std::from_chars(line.data() + kFirst.size(), line.data() + line.size(), first);
  });
  return first;
}

std::string recipe_of_sample(const std::string& recipe, bool energies_hashed) {
  std::string result;
  for_each_line(recipe, [&](std::string_view line) {
    const bool of_part = line.starts_with("model=") || line.starts_with(kFirst) || line.starts_with("showers=");
    const bool name_of_input = line.starts_with("energy=") || line.starts_with("latents=");
    if (!of_part && !(energies_hashed && name_of_input)) result += line;
  });
  return result;
}

}  // namespace octocal::study
