// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace octocal::study {

/// Attribute of a generated file: the number of its first shower in the sample that it is of, decimal. A file without
/// it begins with shower 0.
inline constexpr const char* kFirstShowerAttribute = "octocal.first_shower";

/// The number that the attribute's text says; 0 for "". Error: bad_input naming the file.
std::uint64_t first_shower_of(const std::string& text, const std::string& file);

/// A recipe (octocal.settings) for other showers of the same sample: its lines `showers` and `first-shower` say these.
std::string recipe_for(const std::string& recipe, std::uint64_t first_shower, std::uint64_t showers);

/// What of a recipe decides the showers of a sample: without `showers` and `first-shower`, and without the name of the
/// model, which may lie elsewhere on another machine (its hash tells which it is).
std::string recipe_of_sample(const std::string& recipe);

}  // namespace octocal::study
