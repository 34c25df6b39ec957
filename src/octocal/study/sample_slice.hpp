// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace octocal::study {

/// Attribute of a generated file: the number of its first shower in the sample that it is of, decimal. A file without
/// it begins with shower 0.
inline constexpr const char* kFirstShowerAttribute = "octocal.first_shower";

/// Attribute of a generated file: the seed of its latents, its noise and drawn energies, decimal.
inline constexpr const char* kSeedAttribute = "octocal.seed";

/// Attribute of a generated file whose energies are those of a file: hash_energies() of all of that.
inline constexpr const char* kEnergiesHashAttribute = "octocal.energies_hash";

/// The whole number that an attribute's text says. Error: bad_input naming attribute and file.
std::uint64_t number_of(const std::string& attribute, const std::string& text, const std::string& file);

/// The number that kFirstShowerAttribute's text says; 0 for "". Error: bad_input naming the file.
std::uint64_t first_shower_of(const std::string& text, const std::string& file);

/// A recipe (octocal.settings) for more or fewer showers from the same first one on: its line `showers` says how many.
std::string recipe_for(const std::string& recipe, std::uint64_t showers);

/// Which shower of its inputs a recipe begins with: its line `first-shower`, 0 without one. Of a file of latents that is
/// a part itself it is not the number in the sample.
std::uint64_t first_input_of(const std::string& recipe);

/// What of a recipe decides the showers of a sample: without `showers` and `first-shower`, and without the names of
/// files that may lie elsewhere on another machine: of the model (its hash tells which it is) and, if `energies_hashed`,
/// of energies or latents.
std::string recipe_of_sample(const std::string& recipe, bool energies_hashed);

}  // namespace octocal::study
