// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/see_cells.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "octocal/engine/kernels/each_isa.hpp"
#include "octocal/engine/kernels/logarithm.hpp"

namespace octocal::engine {
namespace {

constexpr std::size_t kSumLanes = 16;

/// Sum of a list in lanes, which the compiler turns into vectors, then of the lanes in order.
[[gnu::always_inline]] inline float sum_in_lanes(const float* numbers, std::size_t size) noexcept {
  float lanes[kSumLanes] = {};
  std::size_t at = 0;
  for (; at + kSumLanes <= size; at += kSumLanes)
    for (std::size_t lane = 0; lane < kSumLanes; ++lane) lanes[lane] += numbers[at + lane];
  for (std::size_t lane = 0; at < size; ++at, ++lane) lanes[lane] += numbers[at];
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  return sum;
}

/// Logarithms of energies, none below `least`.
[[gnu::always_inline]] inline void log_each(float* energies, std::size_t size, float least) noexcept {
  for (std::size_t i = 0; i < size; ++i) energies[i] = logarithm(energies[i] > least ? energies[i] : least);
}

struct SeenSizes {
  explicit SeenSizes(const SeeSpec& spec) noexcept
      : nx(static_cast<std::size_t>(spec.nx)),
        ny(static_cast<std::size_t>(spec.ny)),
        nz(static_cast<std::size_t>(spec.nz)),
        layers(static_cast<std::size_t>(spec.layers)),
        plane(nx * ny),
        channels(nz + 2 * layers) {}
  std::size_t nx, ny, nz, layers, plane, channels;
};

/// What is left of a slice, but no less than its least share.
[[gnu::always_inline]] inline void keep_share(const float* whole, std::size_t size, float share, float* left) noexcept {
  for (std::size_t i = 0; i < size; ++i) {
    const float least = whole[i] * share;
    left[i] = left[i] > least ? left[i] : least;
  }
}

/// Takes the sums of the drawn layers off the energies of columns, rows and layers. `column`: plane numbers of scratch.
[[gnu::always_inline]] inline void spend(const SeeSpec& spec, const SeenSizes& n, const SeenShower& shower, float* x,
                                         float* y, float* z, float* column) noexcept {
  const float* drawn = shower.drawn;
  std::fill_n(column, n.plane, 0.0F);
  for (std::size_t layer = 0; layer < n.layers; ++layer)
    for (std::size_t i = 0; i < n.plane; ++i) column[i] += drawn[layer * n.plane + i];
  for (std::size_t layer = 0; layer < n.nz; ++layer)
    if (const auto own = static_cast<std::size_t>(spec.order[layer]); own < n.layers)
      z[layer] -= sum_in_lanes(drawn + own * n.plane, n.plane);
  for (std::size_t i = 0; i < n.nx; ++i) {
    x[i] -= sum_in_lanes(column + i * n.ny, n.ny);
    for (std::size_t j = 0; j < n.ny; ++j) y[j] -= column[i * n.ny + j];
  }
  keep_share(shower.x, n.nx, spec.least_share, x);
  keep_share(shower.y, n.ny, spec.least_share, y);
  keep_share(shower.z, n.nz, spec.least_share, z);
}

/// The map: the logarithms of a cell's column, row and layer add up.
[[gnu::always_inline]] inline void write_map(const SeeSpec& spec, const SeenSizes& n, float* x, float* y, float* z,
                                             float* out) noexcept {
  float all = sum_in_lanes(z, n.nz);
  log_each(&all, 1, spec.least_slice);
  log_each(x, n.nx, spec.least_slice);
  log_each(y, n.ny, spec.least_slice);
  log_each(z, n.nz, spec.least_slice);
  float floor = spec.floor;
  log_each(&floor, 1, 0);
  for (std::size_t layer = 0; layer < n.nz; ++layer) z[layer] -= all + all;
  for (std::size_t i = 0; i < n.nx; ++i)
    for (std::size_t j = 0; j < n.ny; ++j) {
      float* __restrict own = out + (i * n.ny + j) * n.channels;
      const float left = x[i] + y[j];
      for (std::size_t layer = 0; layer < n.nz; ++layer) {
        const float expected = z[layer] + left;
        own[layer] = (expected > floor ? expected : floor) * spec.scale + spec.offset;
      }
    }
}

/// Energies and hits: zeros but for the hits, which are collected first, so that logarithms are taken of them alone.
[[gnu::always_inline]] inline void write_hits(const SeeSpec& spec, const SeenSizes& n, const float* drawn, float* out,
                                              float* energies, std::uint32_t* places) noexcept {
  for (std::size_t i = 0; i < n.plane; ++i) std::fill_n(out + i * n.channels + n.nz, 2 * n.layers, 0.0F);
  for (std::size_t layer = 0; layer < n.layers; ++layer) {
    const float* own = drawn + layer * n.plane;
    std::size_t hits = 0;
    for (std::size_t i = 0; i < n.plane; ++i) {
      places[hits] = static_cast<std::uint32_t>(i);
      energies[hits] = own[i];
      hits += own[i] > 0 ? 1U : 0U;
    }
    for (std::size_t hit = 0; hit < hits; ++hit)
      energies[hit] = logarithm(energies[hit] / spec.seen + 1.0F) * spec.seen_scale;
    for (std::size_t hit = 0; hit < hits; ++hit) {
      float* cell = out + places[hit] * n.channels + n.nz + layer;
      cell[0] = energies[hit];
      cell[n.layers] = 1;
    }
  }
}

[[gnu::always_inline]] inline void see(const SeeSpec& spec, const SeenShower& shower, float* out,
                                       float* scratch) noexcept {
  const SeenSizes n(spec);
  float* x = scratch;
  float* y = x + n.nx;
  float* z = y + n.ny;
  float* column = z + n.nz;
  std::copy_n(shower.x, n.nx, x);
  std::copy_n(shower.y, n.ny, y);
  std::copy_n(shower.z, n.nz, z);
  if (n.layers > 0) spend(spec, n, shower, x, y, z, column);
  write_map(spec, n, x, y, z, out);
  if (n.layers > 0)
    write_hits(spec, n, shower.drawn, out, column, reinterpret_cast<std::uint32_t*>(column + n.plane + 1));
}

OCTOCAL_FOR_EACH_ISA(see, (const SeeSpec& spec, const SeenShower& shower, float* out, float* scratch),
                     (spec, shower, out, scratch))

}  // namespace

std::size_t see_scratch_floats(const SeeSpec& spec) noexcept {
  const SeenSizes n(spec);
  // One place more than cells: a list of hits writes behind its end before it knows.
  return n.nx + n.ny + n.nz + 2 * (n.plane + 1);
}

void see_cells(const SeeSpec& spec, Isa isa, const SeenShower& shower, float* out, float* scratch) noexcept {
  see_for(isa)(spec, shower, out, scratch);
}

}  // namespace octocal::engine
