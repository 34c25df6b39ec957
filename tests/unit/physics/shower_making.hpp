// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "octocal/data/shower_batch.hpp"
#include "octocal/physics/energy_blocks.hpp"
#include "octocal/physics/sample_sums.hpp"

namespace octocal::physics::testing {

inline constexpr data::Geometry kSmall{5, 4, 3};

struct Cell {
  std::size_t x, y, z;
  float gev;
};

/// Showers of given cells on a small calorimeter, one list a shower.
inline data::ShowerBatch showers_of(const std::vector<std::vector<Cell>>& showers, float energy_gev = 100,
                                    data::Geometry geometry = kSmall) {
  data::ShowerBatch batch;
  batch.geometry = geometry;
  batch.energy_gev.assign(showers.size(), energy_gev);
  batch.cells_gev.assign(showers.size() * geometry.cells(), 0.0F);
  for (std::size_t i = 0; i < showers.size(); ++i) {
    for (const Cell& cell : showers[i]) {
      batch.shower(i)[(cell.x * geometry.ny + cell.y) * geometry.nz + cell.z] = cell.gev;
    }
  }
  return batch;
}

/// n showers with energies uniform in 100-500 GeV, whose cells are each a normal number around a fixed pattern times
/// Ep, with a common factor a shower: every statistic varies, and pixels are correlated as in real showers.
inline data::ShowerBatch random_showers(std::size_t n, unsigned seed, data::Geometry geometry = kSmall,
                                        double pattern_scale = 1.0) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> energy(100, 500);
  std::normal_distribution<double> normal;
  data::ShowerBatch batch;
  batch.geometry = geometry;
  batch.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    batch.energy_gev[i] = static_cast<float>(energy(engine));
    const double common = 1 + 0.1 * normal(engine);
    for (std::size_t k = 0; k < geometry.cells(); ++k) {
      const double pattern = 1e-4 * pattern_scale * static_cast<double>(1 + k % 7);
      const double cell = static_cast<double>(batch.energy_gev[i]) * pattern * common * (1 + 0.2 * normal(engine));
      batch.shower(i)[k] = static_cast<float>(cell > 0 ? cell : 0);
    }
  }
  return batch;
}

inline Frame frame_of(const data::ShowerBatch& batch) { return Frame::of(batch.energy_gev, batch); }

inline SampleSums sums_of(const data::ShowerBatch& batch, const Frame& frame) {
  SampleSums sums(frame);
  sums.add(batch, energy_blocks(batch.energy_gev));
  return sums;
}
inline SampleSums sums_of(const data::ShowerBatch& batch) { return sums_of(batch, frame_of(batch)); }

}  // namespace octocal::physics::testing
