// SPDX-License-Identifier: Apache-2.0
#include "octocal/study/energies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "octocal/base/error.hpp"
#include "octocal/base/expect.hpp"
#include "octocal/base/hash.hpp"
#include "octocal/base/random.hpp"
#include "octocal/data/shower_reader.hpp"

namespace octocal::study {
namespace {

/// The numbers of a text separated by `separator`; nothing if it is anything else.
std::vector<double> numbers_of(const std::string& text, char separator) {
  std::vector<double> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    double number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) return {};
    numbers.push_back(number);
    if (next == end) return numbers;
    if (*next != separator) return {};
    at = next + 1;
  }
}

bool is_energy(double energy_gev) { return std::isfinite(energy_gev) && energy_gev > 0 && energy_gev < 1e9; }

}  // namespace

std::vector<std::string> Energies::files_of(const std::string& text) {
  if (text.empty() || !numbers_of(text, ':').empty() || !numbers_of(text, ',').empty()) return {};
  return data::expand_shower_files({text});
}

Energies Energies::parse(const std::string& text, std::uint64_t seed) {
  Energies energies;
  energies.seed_ = seed;
  const auto wrong = [&text](const std::string& why) {
    return bad_input(
        fmt::format("`energy` {}: {}; give a range 100:500, an energy 250, a list 100,200,300 (all in GeV) "
                    "or a file of showers",
                    text, why));
  };
  const auto range = numbers_of(text, ':');
  const auto list = numbers_of(text, ',');
  if (range.size() >= 2) {
    if (range.size() > 2) throw wrong("a range has two ends");
    if (!is_energy(range[0]) || !is_energy(range[1])) throw wrong("energies must be positive and finite");
    if (range[0] > range[1]) throw wrong("the lower end of the range comes first");
    energies.min_gev_ = range[0];
    energies.max_gev_ = range[1];
    return energies;
  }
  if (!list.empty()) {
    if (!std::all_of(list.begin(), list.end(), is_energy)) throw wrong("energies must be positive and finite");
    for (const double energy : list) energies.listed_.push_back(static_cast<float>(energy));
  } else {
    if (text.find_first_not_of("0123456789.,:+-eE ") == std::string::npos) throw wrong("this is not an energy");
    energies.listed_ = data::ShowerReader(data::expand_shower_files({text})).energies();
    energies.count_ = energies.listed_.size();
  }
  const auto [least, most] = std::minmax_element(energies.listed_.begin(), energies.listed_.end());
  energies.min_gev_ = static_cast<double>(*least);
  energies.max_gev_ = static_cast<double>(*most);
  return energies;
}

std::string Energies::hash_of_file() const { return count_ ? hash_energies(listed_) : std::string(); }

void Energies::fill(std::uint64_t first, std::span<float> energy_gev) const noexcept {
  OCTOCAL_EXPECT(!count() || first + energy_gev.size() <= *count());
  for (std::size_t i = 0; i < energy_gev.size(); ++i) {
    const std::uint64_t shower = first + i;
    energy_gev[i] =
        listed_.empty()
            ? static_cast<float>(min_gev_ + (max_gev_ - min_gev_) * uniform01(seed_, Draw::kEnergy, shower, 0))
            : listed_[shower % listed_.size()];
  }
}

std::string hash_energies(std::span<const float> energy_gev) {
  Hasher hasher;
  hasher.update(energy_gev);
  return hasher.hex();
}

}  // namespace octocal::study
