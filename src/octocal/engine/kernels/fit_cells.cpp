// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/fit_cells.hpp"

#include <algorithm>
#include <cstdint>

#include "octocal/engine/kernels/each_isa.hpp"
#include "octocal/engine/kernels/logarithm.hpp"
#include "octocal/model/cell_ops.hpp"

namespace octocal::engine {
namespace {

/// Slices of a hit that may be scaled.
struct LooseHit {
  std::uint32_t x, y, z;
};

/// Such hits, their energies and the shares of them that may be scaled.
struct LooseHits {
  LooseHit* places;
  float *energy, *share;
  std::size_t count;
};

/// FitCellsByLog: shares by the logarithm of the energies.
[[gnu::always_inline]] inline void share_by_log(const FitSpec& spec, const float* __restrict energy,
                                                float* __restrict share, std::size_t count) noexcept {
  const float fixed = spec.fixed, lowest = logarithm(fixed), range = logarithm(spec.free) - lowest;
  for (std::size_t i = 0; i < count; ++i) {
    const float above = (logarithm(energy[i] > fixed ? energy[i] : fixed) - lowest) / range;
    share[i] = above < 1.0F ? above : 1.0F;
  }
}

OCTOCAL_FOR_EACH_ISA(share_by_log, (const FitSpec& spec, const float* energy, float* share, std::size_t count),
                     (spec, energy, share, count))

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
void scale_slices(const LooseHits& hits, const float* wanted, const float* still, std::size_t slices,
                  FactorBounds bounds, LooseSums* sums, SliceOf slice_of) noexcept {
  // Neighbours in the list are often of one slice, and each would wait for the one before: so the list is walked at
  // several places at once, each with sums of its own.
  std::fill_n(sums, kFitWalks * slices, LooseSums{0, 0});
  const std::size_t count = hits.count, steps = count / kFitWalks;
  const auto take = [&](std::size_t i, LooseSums* of) {
    auto& own = of[slice_of(hits.places[i])];
    own.all += hits.energy[i];
    own.loose += hits.energy[i] * hits.share[i];
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
    const float loose = hits.energy[i] * hits.share[i];
    hits.energy[i] += loose * sums[slice_of(hits.places[i])].all;
  }
}

}  // namespace

std::size_t fit_scratch_bytes(const FitSpec& spec) noexcept {
  const auto cells = static_cast<std::size_t>(spec.nx * spec.ny * spec.nz);
  const auto slices = static_cast<std::size_t>(std::max({spec.nx, spec.ny, spec.nz}));
  const auto stills = static_cast<std::size_t>(spec.nx + spec.ny + spec.nz);
  // One more: the list is written behind its end before it is known whether that is a hit.
  return (cells + 1) * (sizeof(LooseHit) + 2 * sizeof(float)) + kFitWalks * slices * sizeof(LooseSums) +
         stills * sizeof(float);
}

void fit_cells(const FitSpec& spec, Isa isa, const SeenShower& shower, float* out, std::byte* scratch) noexcept {
  const auto nx = static_cast<std::size_t>(spec.nx);
  const auto ny = static_cast<std::size_t>(spec.ny);
  const auto nz = static_cast<std::size_t>(spec.nz);
  LooseHits hits{};
  hits.places = reinterpret_cast<LooseHit*>(scratch);
  hits.energy = reinterpret_cast<float*>(hits.places + nx * ny * nz + 1);
  hits.share = hits.energy + nx * ny * nz + 1;
  auto* sums = reinterpret_cast<LooseSums*>(hits.share + nx * ny * nz + 1);
  auto* still_x =
      reinterpret_cast<float*>(sums + kFitWalks * std::max({nx, ny, nz}));  // energies of cells that stay as they are
  float* still_y = still_x + nx;
  float* still_z = still_y + ny;
  std::fill_n(still_x, nx + ny + nz, 0.0F);
  std::fill_n(out, nx * ny * nz, 0.0F);
  std::size_t count = 0;
  for (std::size_t z = 0; z < nz; ++z) {
    const float* own = shower.drawn + static_cast<std::size_t>(spec.order[z]) * nx * ny;
    for (std::size_t x = 0; x < nx; ++x)
      for (std::size_t y = 0; y < ny; ++y) {
        const float energy = own[x * ny + y];
        hits.places[count] = {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y),
                              static_cast<std::uint32_t>(z)};
        hits.energy[count] = energy;
        count += energy > 0 ? 1U : 0U;
      }
  }
  // Those that stay leave the list.
  for (std::size_t i = 0; i < count; ++i) {
    const LooseHit hit = hits.places[i];
    const float all = hits.energy[i];
    const bool stays = !(all > spec.fixed);
    const float energy = stays ? all : 0.0F;
    still_x[hit.x] += energy;
    still_y[hit.y] += energy;
    still_z[hit.z] += energy;
    out[(hit.x * ny + hit.y) * nz + hit.z] = energy;
    hits.places[hits.count] = hit;
    hits.energy[hits.count] = all;
    hits.count += stays ? 0U : 1U;
  }
  const float range = spec.free - spec.fixed;
  for (std::size_t i = 0; i < hits.count; ++i) hits.share[i] = std::min((hits.energy[i] - spec.fixed) / range, 1.0F);
  const auto scale = [&](const float* wanted, const float* still, std::size_t slices, FactorBounds bounds,
                         auto slice_of) {
    if (spec.by_log) share_by_log_for(isa)(spec, hits.energy, hits.share, hits.count);
    scale_slices(hits, wanted, still, slices, bounds, sums, slice_of);
  };
  const FactorBounds bounds{spec.least, spec.most};
  for (int round = 0; round < model::kFittingRounds; ++round) {
    scale(shower.x, still_x, nx, bounds, [](const LooseHit& hit) { return hit.x; });
    scale(shower.y, still_y, ny, bounds, [](const LooseHit& hit) { return hit.y; });
    scale(shower.z, still_z, nz, bounds, [](const LooseHit& hit) { return hit.z; });
  }
  float ecal = 0;
  float still = 0;
  for (std::size_t z = 0; z < nz; ++z) {
    ecal += shower.z[z];
    still += still_z[z];
  }
  constexpr FactorBounds kNotNegative{0, 3.4e38F};
  scale(&ecal, &still, 1, kNotNegative, [](const LooseHit&) { return std::size_t{0}; });
  for (std::size_t i = 0; i < hits.count; ++i) {
    const LooseHit hit = hits.places[i];
    out[(hit.x * ny + hit.y) * nz + hit.z] = hits.energy[i];
  }
}

}  // namespace octocal::engine
