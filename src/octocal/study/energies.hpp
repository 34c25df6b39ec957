// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace octocal::study {

/// Primary energies of the showers to make, from a text of the command line:
///
/// | text          | energy of shower i                                             |
/// |---------------|----------------------------------------------------------------|
/// | "100:500"     | uniform in 100..500 GeV, a pure function of (seed, i)           |
/// | "250"         | 250 GeV                                                        |
/// | "100,200,300" | number i modulo 3 of the list, GeV                             |
/// | "file.h5"     | that of shower i in the file (a glob of several is one sample) |
class Energies {
 public:
  /// Errors: bad_input naming the text, or the file.
  static Energies parse(const std::string& text, std::uint64_t seed);

  /// The files that the text names, none if it is numbers. Errors: bad_input for a glob that matches nothing.
  static std::vector<std::string> files_of(const std::string& text);

  /// How many showers the text asks for by itself: those of a file, else nothing.
  std::optional<std::size_t> count() const noexcept { return count_; }

  /// Hash of all energies of the file, "" if the text is numbers (see hash_energies).
  std::string hash_of_file() const;

  /// Energies of showers first .. first + energy_gev.size() - 1. Precondition: below count(), if there is one.
  void fill(std::uint64_t first, std::span<float> energy_gev) const noexcept;

  /// Smallest and largest energy that may come.
  double min_gev() const noexcept { return min_gev_; }
  double max_gev() const noexcept { return max_gev_; }

 private:
  std::uint64_t seed_ = 0;
  double min_gev_ = 0;
  double max_gev_ = 0;
  std::vector<float> listed_;  // empty: a range
  std::optional<std::size_t> count_;
};

/// XXH3-128 of energies in order, as float32 in GeV: which energies a file has, whatever it is called.
std::string hash_energies(std::span<const float> energy_gev);

}  // namespace octocal::study
