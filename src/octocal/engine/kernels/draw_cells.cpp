// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/draw_cells.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "octocal/engine/kernels/each_isa.hpp"
#include "octocal/engine/kernels/exponential.hpp"
#include "octocal/engine/kernels/logistic.hpp"

namespace octocal::engine {
namespace {

// Bins lie in lanes, each a run of neighbours: number r * kBinLanes + lane is bin lane * runs + r. So all lanes sum
// their runs at once, and the search looks at the lanes' sums first.
constexpr std::size_t kBinLanes = 16;

std::size_t runs_of(std::int64_t bins) noexcept { return (static_cast<std::size_t>(bins) + kBinLanes - 1) / kBinLanes; }

struct DrawSizes {
  explicit DrawSizes(const DrawSpec& spec) noexcept
      : layers(static_cast<std::size_t>(spec.layers)),
        plane(static_cast<std::size_t>(spec.plane)),
        statistics(static_cast<std::size_t>(spec.statistics)),
        runs(runs_of(spec.bins)),
        drawn(spec.drawn.size()),
        channels(layers * (1 + statistics)) {}
  std::size_t layers, plane, statistics, runs, drawn, channels;
};

/// A hit whose energy is to be drawn: where its logit lies among the values, and which cell of `out` it is.
struct DrawnHit {
  std::uint32_t value, cell;
};

/// Weights of a hit's bins; `sums`: of each lane.
[[gnu::always_inline]] inline void weigh_bins(const DrawSpec& spec, const DrawSizes& n, const float* statistics,
                                              float* __restrict weights, float* __restrict sums) noexcept {
  float largest[kBinLanes];
  std::fill_n(largest, kBinLanes, -3e38F);
  for (std::size_t r = 0; r < n.runs; ++r) {
    float logs[kBinLanes];
    for (std::size_t lane = 0; lane < kBinLanes; ++lane) logs[lane] = spec.log_density[r * kBinLanes + lane];
    for (std::size_t s = 0; s < n.statistics; ++s) {
      const float theta = statistics[s * n.layers];
      const float* row = spec.basis.data() + (s * n.runs + r) * kBinLanes;
      for (std::size_t lane = 0; lane < kBinLanes; ++lane) logs[lane] += theta * row[lane];
    }
    for (std::size_t lane = 0; lane < kBinLanes; ++lane) {
      largest[lane] = logs[lane] > largest[lane] ? logs[lane] : largest[lane];
      weights[r * kBinLanes + lane] = logs[lane];
    }
  }
  const float most = *std::max_element(largest, largest + kBinLanes);
  for (std::size_t lane = 0; lane < kBinLanes; ++lane) sums[lane] = 0;
  for (std::size_t r = 0; r < n.runs; ++r)
    for (std::size_t lane = 0; lane < kBinLanes; ++lane) {
      const float weight = exponential(weights[r * kBinLanes + lane] - most);
      weights[r * kBinLanes + lane] = weight;
      sums[lane] += weight;
    }
}

/// Log energy where a share of the weights' sum lies. Weights are not negative.
[[gnu::always_inline]] inline float place_in_bins(const DrawSpec& spec, const DrawSizes& n, const float* weights,
                                                  const float* sums, float share) noexcept {
  float total = 0;
  for (std::size_t lane = 0; lane < kBinLanes; ++lane) total += sums[lane];
  const float wanted = share * total;
  const std::size_t last_lane = (static_cast<std::size_t>(spec.bins) - 1) / n.runs;
  float before = 0;
  std::size_t lane = 0;
  while (lane < last_lane && !(before + sums[lane] > wanted)) before += sums[lane++];
  const std::size_t first = lane * n.runs;
  const std::size_t runs = std::min(n.runs, static_cast<std::size_t>(spec.bins) - first);
  float inside = 0;  // of the lane: sums of its bins up to here
  std::size_t r = 0;
  while (r + 1 < runs && !(before + (inside + weights[r * kBinLanes + lane]) > wanted))
    inside += weights[r++ * kBinLanes + lane];
  const float weight = std::max(weights[r * kBinLanes + lane], std::numeric_limits<float>::min());
  const float part = std::clamp((wanted - (before + inside)) / weight, 0.0F, 1.0F);
  const float low = spec.edges[first + r];
  return low + (spec.edges[first + r + 1] - low) * part;
}

[[gnu::always_inline]] inline void draw(const DrawSpec& spec, const float* values, const float* noise,
                                        float* __restrict out, std::byte* scratch) noexcept {
  const DrawSizes n(spec);
  const std::size_t cells = n.drawn * n.layers;
  auto* chances = reinterpret_cast<float*>(scratch);
  auto* weights = chances + cells;
  auto* hits = reinterpret_cast<DrawnHit*>(weights + n.runs * kBinLanes);
  std::fill_n(out, n.layers * n.plane, 0.0F);
  for (std::size_t i = 0; i < n.drawn; ++i)
    std::copy_n(values + static_cast<std::size_t>(spec.drawn[i]) * n.channels, n.layers, chances + i * n.layers);
  for (std::size_t i = 0; i < cells; ++i) chances[i] = logistic(chances[i]);
  // Each cell is written behind the list; it stays if it is a hit.
  std::size_t count = 0;
  for (std::size_t i = 0; i < n.drawn; ++i) {
    const auto place = static_cast<std::size_t>(spec.drawn[i]);
    for (std::size_t layer = 0; layer < n.layers; ++layer) {
      const std::size_t cell = layer * n.plane + place;
      hits[count] = {static_cast<std::uint32_t>(place * n.channels + layer), static_cast<std::uint32_t>(cell)};
      count += noise[cell] < chances[i * n.layers + layer] ? 1U : 0U;
    }
  }
  float sums[kBinLanes];
  float* logs = chances;  // no longer needed as chances: there are no more hits than cells
  for (std::size_t hit = 0; hit < count; ++hit) {
    weigh_bins(spec, n, values + hits[hit].value + n.layers, weights, sums);
    logs[hit] = place_in_bins(spec, n, weights, sums, noise[n.layers * n.plane + hits[hit].cell]);
  }
  for (std::size_t hit = 0; hit < count; ++hit) logs[hit] = exponential(logs[hit]);
  for (std::size_t hit = 0; hit < count; ++hit) out[hits[hit].cell] = logs[hit];
}

OCTOCAL_FOR_EACH_ISA(draw,
                     (const DrawSpec& spec, const float* values, const float* noise, float* out, std::byte* scratch),
                     (spec, values, noise, out, scratch))

}  // namespace

std::vector<float> in_lanes(const std::vector<float>& rows, std::int64_t bins, float rest) {
  const auto runs = runs_of(bins);
  const auto size = static_cast<std::size_t>(bins);
  std::vector<float> out;
  for (std::size_t row = 0; row * size < rows.size(); ++row)
    for (std::size_t r = 0; r < runs; ++r)
      for (std::size_t lane = 0; lane < kBinLanes; ++lane) {
        const std::size_t bin = lane * runs + r;
        out.push_back(bin < size ? rows[row * size + bin] : rest);
      }
  return out;
}

std::size_t draw_scratch_bytes(const DrawSpec& spec) noexcept {
  const DrawSizes n(spec);
  const std::size_t cells = n.drawn * n.layers;
  return (cells + n.runs * kBinLanes) * sizeof(float) + (cells + 1) * sizeof(DrawnHit);
}

void draw_cells(const DrawSpec& spec, Isa isa, const float* values, const float* noise, float* out,
                std::byte* scratch) noexcept {
  draw_for(isa, spec, values, noise, out, scratch);
}

}  // namespace octocal::engine
