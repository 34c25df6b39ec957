// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/fit_cells.hpp"

#include <algorithm>
#include <cstdint>

#include "octocal/model/cell_ops.hpp"

namespace octocal::engine {
namespace {

/// One hit: its slices, its energy and the share of it that may be scaled.
struct FittedHit {
  std::uint32_t x, y, z;
  float energy, share;
};

/// Sums over a slice's hits, then what they are scaled by, less one.
struct SliceSums {
  float all, loose;
};

struct Bounds {
  float least, most;
};

/// Scales the hits of each slice to its wanted energy. `slice_of`: which slice a hit is in.
template <typename SliceOf>
void scale_slices(FittedHit* hits, std::size_t count, const float* wanted, std::size_t slices, Bounds bounds,
                  SliceSums* sums, SliceOf slice_of) noexcept {
  std::fill_n(sums, slices, SliceSums{0, 0});
  for (std::size_t i = 0; i < count; ++i) {
    auto& own = sums[slice_of(hits[i])];
    own.all += hits[i].energy;
    own.loose += hits[i].energy * hits[i].share;
  }
  for (std::size_t s = 0; s < slices; ++s) {
    const float loose = sums[s].loose > model::kLeastLooseGev ? sums[s].loose : model::kLeastLooseGev;
    const float factor = (wanted[s] - (sums[s].all - sums[s].loose)) / loose;
    sums[s].all = std::min(std::max(factor, bounds.least), bounds.most) - 1.0F;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const float loose = hits[i].energy * hits[i].share;
    hits[i].energy += loose * sums[slice_of(hits[i])].all;
  }
}

}  // namespace

std::size_t fit_scratch_bytes(const FitSpec& spec) noexcept {
  const auto cells = static_cast<std::size_t>(spec.nx * spec.ny * spec.nz);
  const auto slices = static_cast<std::size_t>(std::max({spec.nx, spec.ny, spec.nz}));
  return cells * sizeof(FittedHit) + slices * sizeof(SliceSums);
}

void fit_cells(const FitSpec& spec, const SeenShower& shower, float* out, std::byte* scratch) noexcept {
  const auto nx = static_cast<std::size_t>(spec.nx);
  const auto ny = static_cast<std::size_t>(spec.ny);
  const auto nz = static_cast<std::size_t>(spec.nz);
  auto* hits = reinterpret_cast<FittedHit*>(scratch);
  auto* sums = reinterpret_cast<SliceSums*>(scratch + nx * ny * nz * sizeof(FittedHit));
  const float range = spec.free - spec.fixed;
  std::size_t count = 0;
  for (std::size_t z = 0; z < nz; ++z) {
    const float* own = shower.drawn + static_cast<std::size_t>(spec.order[z]) * nx * ny;
    for (std::size_t x = 0; x < nx; ++x)
      for (std::size_t y = 0; y < ny; ++y) {
        const float energy = own[x * ny + y];
        if (!(energy > 0)) continue;
        const float share = std::min(std::max((energy - spec.fixed) / range, 0.0F), 1.0F);
        hits[count++] = {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), static_cast<std::uint32_t>(z),
                         energy, share};
      }
  }
  const Bounds bounds{spec.least, spec.most};
  for (int round = 0; round < model::kFittingRounds; ++round) {
    scale_slices(hits, count, shower.x, nx, bounds, sums, [](const FittedHit& hit) { return hit.x; });
    scale_slices(hits, count, shower.y, ny, bounds, sums, [](const FittedHit& hit) { return hit.y; });
    scale_slices(hits, count, shower.z, nz, bounds, sums, [](const FittedHit& hit) { return hit.z; });
  }
  float ecal = 0;
  for (std::size_t z = 0; z < nz; ++z) ecal += shower.z[z];
  constexpr float kUnbounded = 3.4e38F;
  scale_slices(hits, count, &ecal, 1, {0, kUnbounded}, sums, [](const FittedHit&) { return std::size_t{0}; });
  std::fill_n(out, nx * ny * nz, 0.0F);
  for (std::size_t i = 0; i < count; ++i) out[(hits[i].x * ny + hits[i].y) * nz + hits[i].z] = hits[i].energy;
}

}  // namespace octocal::engine
