// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/sample_identity.hpp"

#include "octocal/base/hash.hpp"

namespace octocal::data {

std::uint32_t split_key(std::span<const float> cells_gev, float energy_gev) {
  Hasher hasher;
  hasher.update(cells_gev);
  hasher.update(std::span<const float>(&energy_gev, 1));
  return static_cast<std::uint32_t>(std::stoul(hasher.hex().substr(0, 8), nullptr, 16));
}

std::string sample_hash(const std::vector<std::string>& files) {
  Hasher hasher;
  for (const auto& file : files) {
    const auto hash = hash_file(file);
    hasher.update(std::span<const char>(hash.data(), hash.size()));
  }
  return hasher.hex();
}

}  // namespace octocal::data
