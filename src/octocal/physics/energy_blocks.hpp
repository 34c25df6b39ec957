// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace octocal::physics {

/// Showers are summed in 64 blocks: errors are jackknifes over the blocks, floors come from halving them.
/// 64, because a power of two has the balanced halvings below; the relative error of an error is 1/sqrt(2*63) = 9 %.
inline constexpr std::size_t kBlocks = 64;

/// Halvings of the blocks that are balanced: each puts 32 blocks into either half, and any two halvings agree on
/// exactly half of the blocks (the rows of a Walsh-Hadamard matrix), so that their average uses every contrast between
/// blocks once. Halving 0 is the plain one, alternate showers.
inline constexpr std::size_t kHalvings = kBlocks - 1;
/// Whether a block belongs to the second half of a halving.
constexpr bool in_second_half(std::size_t halving, std::size_t block) noexcept {
  return (std::popcount((halving + 1) & block) & 1) != 0;
}

/// The block of each shower: showers in the order of energy are dealt to blocks 0..63, then 63..0, and so on.
///
/// So every block, and every half, has the same spectrum of primary energies as the sample. Energies are chosen, not
/// measured, and samples are compared at equal energies: a spread of energies must enter neither errors nor floors.
/// Equal energies keep the order of the sample. O(n log n).
std::vector<std::uint8_t> energy_blocks(std::span<const float> energy_gev);

}  // namespace octocal::physics
