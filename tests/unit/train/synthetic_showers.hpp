// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>

#include "octocal/base/random.hpp"
#include "octocal/data/shower_batch.hpp"
#include "octocal/data/shower_writer.hpp"

namespace octocal::train {

/// Showers that look a little like electrons: a profile along z that starts at a random layer, exponential across.
inline data::ShowerBatch make_synthetic_showers(std::size_t count, std::uint64_t seed,
                                                const data::Geometry& geometry = {}) {
  data::ShowerBatch batch;
  batch.geometry = geometry;
  batch.resize(count);
  const double middle_x = (static_cast<double>(geometry.nx) - 1) / 2;
  const double middle_y = (static_cast<double>(geometry.ny) - 1) / 2;
  for (std::size_t i = 0; i < count; ++i) {
    const double energy = 100 + 400 * uniform01(seed, Draw::kEnergy, i, 0);
    const double start = 3 * uniform01(seed, Draw::kPhysics, i, 0);
    batch.energy_gev[i] = static_cast<float>(energy);
    auto cells = batch.shower(i);
    std::size_t cell = 0;
    for (std::size_t x = 0; x < geometry.nx; ++x)
      for (std::size_t y = 0; y < geometry.ny; ++y)
        for (std::size_t z = 0; z < geometry.nz; ++z, ++cell) {
          const double depth = std::max(0.0, static_cast<double>(z) - start);
          const double radius = std::hypot(static_cast<double>(x) - middle_x, static_cast<double>(y) - middle_y);
          const double mean = 1e-4 * energy * depth * depth * std::exp(-depth / 3) * std::exp(-1.2 * radius);
          const double noise = uniform01(seed, Draw::kPhysics, i, static_cast<std::uint32_t>(cell + 1));
          cells[cell] = mean > 1e-5 ? static_cast<float>(mean * 2 * noise) : 0.0F;
        }
  }
  return batch;
}

inline std::string write_synthetic_showers(const std::filesystem::path& folder, std::size_t count, std::uint64_t seed,
                                           const data::Geometry& geometry = {}) {
  std::filesystem::create_directories(folder);
  const auto file = (folder / "showers.h5").string();
  data::WriterOptions options;
  options.geometry = geometry;
  data::ShowerWriter writer(file, options);
  writer.append(make_synthetic_showers(count, seed, geometry));
  writer.finish();
  return file;
}

}  // namespace octocal::train
