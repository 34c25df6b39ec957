// SPDX-License-Identifier: Apache-2.0
#include "octocal/base/nearest_name.hpp"

#include <algorithm>

namespace octocal {
namespace {

constexpr std::size_t kShortestBeginning = 3;

/// Optimal string alignment distance: wrong, missing and added letters and swapped neighbours, one each.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last = last;
    last = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string_view without_dashes(std::string_view name) {
  return name.substr(std::min(name.find_first_not_of('-'), name.size()));
}

}  // namespace

std::string nearest_name(std::string_view typed, const std::vector<std::string>& known) {
  const auto word = without_dashes(typed);
  std::string nearest;
  std::size_t least = word.size() / 3 + 1;  // one more than may be
  for (const auto& name : known) {
    const auto letters = without_dashes(name);
    const bool begins = word.size() >= kShortestBeginning && letters.starts_with(word);
    const auto mistakes = begins ? std::size_t{1} : distance(word, letters);
    if (mistakes >= least) continue;
    least = mistakes;
    nearest = name;
  }
  return nearest;
}

}  // namespace octocal
