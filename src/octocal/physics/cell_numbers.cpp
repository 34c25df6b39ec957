// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/cell_numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <span>

namespace octocal::physics {
namespace {

constexpr float kLeastGev = 1e-6F, kHitGev = 1e-4F;
constexpr std::size_t kBands = std::size(kCellBands) + 1, kRings = 5, kLayerGroups = 10;
constexpr std::size_t kPairs = std::size(kPairThresholds);
constexpr std::size_t kCellNumberCount = kBands + 2 * kRings + kLayerGroups + 2 * kPairs + 2 + 4 + 1;

/// CellCounts and sums of one shower.
struct CellCounts {
  std::array<float, kBands> bands{};
  std::array<float, kRings> ring_hits{}, ring_energy{};
  std::array<float, kLayerGroups> layer_hits{};
  std::array<float, kPairs> pairs_x{}, pairs_z{};
  std::array<float, 4> sides{};
  float largest = 0, steps = 0, neighbours = 0;
};

}  // namespace

CellNumbers::CellNumbers(const data::Geometry& geometry, std::size_t most) : geometry_(geometry), most_(most) {
  table_.columns = kCellNumberCount;
  const double middle_x = (static_cast<double>(geometry.nx) - 1) / 2;
  const double middle_y = (static_cast<double>(geometry.ny) - 1) / 2;
  const double reach = std::min(middle_x, middle_y) + 0.5;
  for (std::size_t x = 0; x < geometry.nx; ++x)
    for (std::size_t y = 0; y < geometry.ny; ++y) {
      const double distance =
          std::max(std::abs(static_cast<double>(x) - middle_x), std::abs(static_cast<double>(y) - middle_y));
      ring_.push_back(std::min(static_cast<std::size_t>(distance / reach * kRings), kRings - 1));
    }
}

void CellNumbers::add(const data::ShowerBatch& batch) {
  const auto [nx, ny, nz] = std::array{geometry_.nx, geometry_.ny, geometry_.nz};
  for (std::size_t i = 0; i < batch.size() && showers() < most_; ++i) {
    const auto cells = batch.shower(i);
    CellCounts counts;
    for (std::size_t x = 0; x < nx; ++x)
      for (std::size_t y = 0; y < ny; ++y) {
        const std::size_t column = (x * ny + y) * nz;
        for (std::size_t z = 0; z < nz; ++z) {
          const float cell = cells[column + z];
          if (!(cell >= kLeastGev)) continue;
          const auto band = std::upper_bound(std::begin(kCellBands), std::end(kCellBands), cell);
          ++counts.bands[static_cast<std::size_t>(band - std::begin(kCellBands))];
          counts.ring_energy[ring_[x * ny + y]] += cell;
          counts.largest = std::max(counts.largest, cell);
          const float next = z + 1 < nz ? cells[column + z + 1] : 0.0F;
          const float beside = x + 1 < nx ? cells[column + ny * nz + z] : 0.0F;
          for (std::size_t t = 0; t < kPairs; ++t) {
            if (cell <= kPairThresholds[t]) break;
            counts.pairs_z[t] += next > kPairThresholds[t] ? 1.0F : 0.0F;
            counts.pairs_x[t] += beside > kPairThresholds[t] ? 1.0F : 0.0F;
          }
          if (cell <= kHitGev) continue;
          ++counts.ring_hits[ring_[x * ny + y]];
          ++counts.layer_hits[z * kLayerGroups / nz];
          counts.sides[0] += x == 0 ? 1.0F : 0.0F;
          counts.sides[1] += x + 1 == nx ? 1.0F : 0.0F;
          counts.sides[2] += y == 0 ? 1.0F : 0.0F;
          counts.sides[3] += y + 1 == ny ? 1.0F : 0.0F;
          if (next > kHitGev) {
            counts.steps += std::abs(std::log(next / cell));
            ++counts.neighbours;
          }
        }
      }
    const float energy = batch.energy_gev[i];
    for (float& sum : counts.ring_energy) sum /= energy;
    const auto put = [this](std::span<const float> numbers) {
      table_.values.insert(table_.values.end(), numbers.begin(), numbers.end());
    };
    put(counts.bands);
    put(counts.ring_hits);
    put(counts.ring_energy);
    put(counts.layer_hits);
    put(counts.pairs_x);
    put(counts.pairs_z);
    put(std::array{counts.neighbours > 0 ? counts.steps / counts.neighbours : 0.0F, counts.largest / energy});
    put(counts.sides);
    put(std::array{energy});
  }
}

}  // namespace octocal::physics
