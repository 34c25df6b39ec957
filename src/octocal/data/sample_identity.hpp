// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace octocal::data {

/// A number that depends on the shower's contents alone (first 32 bits of XXH3-128 of cells, then Ep): the same shower
/// has the same key in whatever file, place or company it comes. A training splits off its validation showers by it.
std::uint32_t split_key(std::span<const float> cells_gev, float energy_gev);

/// Hash of the files' contents in their order, kept as octocal.training_data. Errors: bad_input if one is unreadable.
std::string sample_hash(const std::vector<std::string>& files);

}  // namespace octocal::data
