#pragma once
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>

#include "octocal/base/random.hpp"
#include "octocal/data/shower_batch.hpp"
#include "octocal/data/shower_writer.hpp"

namespace octocal::train {

/// Showers that look a little like electrons: a profile along z that starts at a random layer, exponential across.
inline data::ShowerBatch make_synthetic_showers(std::size_t count, std::uint64_t seed) {
  data::ShowerBatch batch;
  batch.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double energy = 100 + 400 * uniform01(seed, Draw::kEnergy, i, 0);
    const double start = 3 * uniform01(seed, Draw::kPhysics, i, 0);
    batch.energy_gev[i] = static_cast<float>(energy);
    auto cells = batch.shower(i);
    for (int x = 0; x < 25; ++x)
      for (int y = 0; y < 25; ++y)
        for (int z = 0; z < 25; ++z) {
          const double depth = std::max(0.0, z - start);
          const double radius = std::hypot(x - 12, y - 12);
          const double mean = 1e-4 * energy * depth * depth * std::exp(-depth / 3) * std::exp(-1.2 * radius);
          const auto cell = static_cast<std::size_t>((x * 25 + y) * 25 + z);
          const double noise = uniform01(seed, Draw::kPhysics, i, static_cast<std::uint32_t>(cell + 1));
          cells[cell] = mean > 1e-5 ? static_cast<float>(mean * 2 * noise) : 0.0F;
        }
  }
  return batch;
}

inline std::string write_synthetic_showers(const std::filesystem::path& folder, std::size_t count, std::uint64_t seed) {
  std::filesystem::create_directories(folder);
  const auto file = (folder / "showers.h5").string();
  data::ShowerWriter writer(file, {});
  writer.append(make_synthetic_showers(count, seed));
  writer.finish();
  return file;
}

}  // namespace octocal::train
