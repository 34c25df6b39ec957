// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/fit_cells.hpp"

#include <algorithm>
#include <cstdint>

#include "octocal/model/cell_ops.hpp"

namespace octocal::engine {
namespace {

/// A hit that may be scaled: its slices, its energy and the share of it that may.
struct LooseHit {
  std::uint32_t x, y, z;
  float energy, share;
};

/// Sums over a slice's hits that may be scaled, then what they are scaled by, less one.
struct LooseSums {
  float all, loose;
};

constexpr std::size_t kFitWalks = 4;

struct FactorBounds {
  float least, most;
};

/// Scales the hits of each slice so that, with those that stay, they have its wanted energy. `slice_of`: which slice a
/// hit is in.
template <typename SliceOf>
void scale_slices(LooseHit* hits, std::size_t count, const float* wanted, const float* still, std::size_t slices,
                  FactorBounds bounds, LooseSums* sums, SliceOf slice_of) noexcept {
  // Neighbours in the list are often of one slice, and each would wait for the one before: so the list is walked at
  // several places at once, each with sums of its own.
  std::fill_n(sums, kFitWalks * slices, LooseSums{0, 0});
  const std::size_t steps = count / kFitWalks;
  const auto take = [&](std::size_t i, LooseSums* of) {
    auto& own = of[slice_of(hits[i])];
    own.all += hits[i].energy;
    own.loose += hits[i].energy * hits[i].share;
  };
  for (std::size_t i = 0; i < steps; ++i)
    for (std::size_t walk = 0; walk < kFitWalks; ++walk) take(walk * steps + i, sums + walk * slices);
  for (std::size_t i = kFitWalks * steps; i < count; ++i) take(i, sums);
  for (std::size_t s = 0; s < slices; ++s) {
    for (std::size_t walk = 1; walk < kFitWalks; ++walk) {
      sums[s].all += sums[walk * slices + s].all;
      sums[s].loose += sums[walk * slices + s].loose;
    }
    const float loose = sums[s].loose > model::kLeastLooseGev ? sums[s].loose : model::kLeastLooseGev;
    const float factor = (wanted[s] - (still[s] + (sums[s].all - sums[s].loose))) / loose;
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
  const auto stills = static_cast<std::size_t>(spec.nx + spec.ny + spec.nz);
  // One more: the list is written behind its end before it is known whether that is a hit.
  return (cells + 1) * sizeof(LooseHit) + kFitWalks * slices * sizeof(LooseSums) + stills * sizeof(float);
}

void fit_cells(const FitSpec& spec, const SeenShower& shower, float* out, std::byte* scratch) noexcept {
  const auto nx = static_cast<std::size_t>(spec.nx);
  const auto ny = static_cast<std::size_t>(spec.ny);
  const auto nz = static_cast<std::size_t>(spec.nz);
  auto* hits = reinterpret_cast<LooseHit*>(scratch);
  auto* sums = reinterpret_cast<LooseSums*>(scratch + (nx * ny * nz + 1) * sizeof(LooseHit));
  auto* still_x =
      reinterpret_cast<float*>(sums + kFitWalks * std::max({nx, ny, nz}));  // energies of cells that stay as they are
  float* still_y = still_x + nx;
  float* still_z = still_y + ny;
  std::fill_n(still_x, nx + ny + nz, 0.0F);
  std::fill_n(out, nx * ny * nz, 0.0F);
  const float range = spec.free - spec.fixed;
  std::size_t count = 0;
  for (std::size_t z = 0; z < nz; ++z) {
    const float* own = shower.drawn + static_cast<std::size_t>(spec.order[z]) * nx * ny;
    for (std::size_t x = 0; x < nx; ++x)
      for (std::size_t y = 0; y < ny; ++y) {
        const float energy = own[x * ny + y];
        hits[count] = {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), static_cast<std::uint32_t>(z),
                       energy, std::min((energy - spec.fixed) / range, 1.0F)};
        count += energy > 0 ? 1U : 0U;
      }
  }
  // Those that stay leave the list.
  std::size_t loose = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const LooseHit hit = hits[i];
    const bool stays = !(hit.energy > spec.fixed);
    const float energy = stays ? hit.energy : 0.0F;
    still_x[hit.x] += energy;
    still_y[hit.y] += energy;
    still_z[hit.z] += energy;
    out[(hit.x * ny + hit.y) * nz + hit.z] = energy;
    hits[loose] = hit;
    loose += stays ? 0U : 1U;
  }
  count = loose;
  const FactorBounds bounds{spec.least, spec.most};
  for (int round = 0; round < model::kFittingRounds; ++round) {
    scale_slices(hits, count, shower.x, still_x, nx, bounds, sums, [](const LooseHit& hit) { return hit.x; });
    scale_slices(hits, count, shower.y, still_y, ny, bounds, sums, [](const LooseHit& hit) { return hit.y; });
    scale_slices(hits, count, shower.z, still_z, nz, bounds, sums, [](const LooseHit& hit) { return hit.z; });
  }
  float ecal = 0;
  float still = 0;
  for (std::size_t z = 0; z < nz; ++z) {
    ecal += shower.z[z];
    still += still_z[z];
  }
  constexpr FactorBounds kNotNegative{0, 3.4e38F};
  scale_slices(hits, count, &ecal, &still, 1, kNotNegative, sums, [](const LooseHit&) { return std::size_t{0}; });
  for (std::size_t i = 0; i < count; ++i) out[(hits[i].x * ny + hits[i].y) * nz + hits[i].z] = hits[i].energy;
}

}  // namespace octocal::engine
