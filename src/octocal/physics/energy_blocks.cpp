// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/energy_blocks.hpp"

#include <algorithm>
#include <numeric>

namespace octocal::physics {

std::vector<std::uint8_t> energy_blocks(std::span<const float> energy_gev) {
  std::vector<std::size_t> order(energy_gev.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return energy_gev[a] < energy_gev[b]; });
  std::vector<std::uint8_t> blocks(energy_gev.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const std::size_t place = rank % kBlocks;
    const bool forwards = (rank / kBlocks) % 2 == 0;
    blocks[order[rank]] = static_cast<std::uint8_t>(forwards ? place : kBlocks - 1 - place);
  }
  return blocks;
}

}  // namespace octocal::physics
