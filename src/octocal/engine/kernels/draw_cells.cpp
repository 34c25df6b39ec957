// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/draw_cells.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "octocal/engine/kernels/each_isa.hpp"
#include "octocal/engine/kernels/exponential.hpp"
#include "octocal/engine/kernels/logistic.hpp"

namespace octocal::engine {
namespace {

// Bins lie in lanes, each a run of neighbours: number r * kBinLanes + lane is bin lane * runs + r. So all lanes sum
// their runs at once, and the search looks at the lanes' sums first.
constexpr std::size_t kBinLanes = 16;

/// A multiple of four, so that several runs can be computed at once.
std::size_t runs_of(std::int64_t bins) noexcept {
  constexpr std::size_t kStep = 4 * kBinLanes;
  return (static_cast<std::size_t>(bins) + kStep - 1) / kStep * 4;
}

struct DrawSizes {
  explicit DrawSizes(const DrawSpec& spec) noexcept
      : layers(static_cast<std::size_t>(spec.layers)),
        plane(static_cast<std::size_t>(spec.plane)),
        statistics(static_cast<std::size_t>(spec.statistics)),
        runs(runs_of(spec.bins)),
        drawn(spec.drawn.size()) {}
  std::size_t layers, plane, statistics, runs, drawn;
};

/// A hit whose energy is to be drawn: a cell of `out`.
struct DrawnHit {
  std::uint32_t place, layer;
};

/// What a head says of cells, the sum of one or two terms.
class HeadValues {
 public:
  HeadValues(const DrawSpec& spec, const std::array<const float*, 2>& values) noexcept
      : terms_(spec.terms.data()), values_(values), is_sum_(spec.terms.size() == 2) {}

  /// Logits of a place's layers.
  [[gnu::always_inline]] void logits(std::size_t place, std::size_t layers, float* __restrict out) const noexcept {
    const float* first = at(0, place);
    const auto first_step = static_cast<std::size_t>(terms_[0].layer);
    for (std::size_t layer = 0; layer < layers; ++layer) out[layer] = first[layer * first_step];
    if (!is_sum_) return;
    const float* second = at(1, place);
    const auto second_step = static_cast<std::size_t>(terms_[1].layer);
    for (std::size_t layer = 0; layer < layers; ++layer) out[layer] += second[layer * second_step];
  }

  /// The numbers that weigh a cell's basis.
  [[gnu::always_inline]] void statistics(const DrawnHit& hit, std::size_t count, float* __restrict out) const noexcept {
    for (std::size_t term = 0; term < (is_sum_ ? 2U : 1U); ++term) {
      const float* own = at(term, hit.place) + hit.layer * static_cast<std::size_t>(terms_[term].layer);
      const auto step = static_cast<std::size_t>(terms_[term].value);
      for (std::size_t s = 0; s < count; ++s) out[s] = term == 0 ? own[(s + 1) * step] : out[s] + own[(s + 1) * step];
    }
  }

 private:
  const float* at(std::size_t term, std::size_t place) const noexcept {
    return values_[term] + place * static_cast<std::size_t>(terms_[term].place);
  }
  const DrawSpec::Term* terms_;
  std::array<const float*, 2> values_;
  bool is_sum_;
};

/// A vector of the instruction set: Width lanes.
template <std::size_t Width>
struct Vector {
  using Type [[gnu::vector_size(Width * sizeof(float))]] = float;
};

/// Hits whose energies are drawn at once: what one of them would do number after number, the block does in vectors.
constexpr std::size_t kHitBlock = 16;

/// Of each hit of a block.
struct HitBlock {
  float sums[kHitBlock][kBinLanes];  ///< of each lane's weights
  float wanted[kHitBlock];           ///< where it lies in the running sum of weights; first its share of them
  float before[kHitBlock];           ///< running sum up to its lane
  float inside[kHitBlock];           ///< from there to its bin
  std::uint32_t lane[kHitBlock], run[kHitBlock];
};

/// Weights of a hit's bins, and their sums, which are those of hit `h` of the block.
template <std::size_t Width>
[[gnu::always_inline]] inline void weigh_bins(const DrawSpec& spec, const DrawSizes& n, const float* statistics,
                                              float* __restrict weights, std::size_t h, HitBlock& block) noexcept {
  using Lanes = typename Vector<Width>::Type;
  constexpr std::size_t kParts = kBinLanes / Width;
  const auto at = [](float* row, std::size_t part) { return row + part * Width; };
  Lanes largest[kParts];
  for (auto& part : largest) part = Lanes{} + std::numeric_limits<float>::lowest();
  // As many runs at once as registers hold, so that no sum waits for the one before.
  constexpr std::size_t kRuns = Width / 4;
  for (std::size_t r = 0; r < n.runs; r += kRuns) {
    Lanes logs[kRuns * kParts], row;
    std::memcpy(logs, spec.log_density.data() + r * kBinLanes, sizeof(logs));
    for (std::size_t s = 0; s < n.statistics; ++s) {
      const float theta = statistics[s];
      const float* basis = spec.basis.data() + (s * n.runs + r) * kBinLanes;
      for (std::size_t i = 0; i < kRuns * kParts; ++i) {
        std::memcpy(&row, basis + i * Width, sizeof(row));
        logs[i] += row * theta;
      }
    }
    for (std::size_t i = 0; i < kRuns * kParts; ++i)
      largest[i % kParts] = logs[i] > largest[i % kParts] ? logs[i] : largest[i % kParts];
    std::memcpy(weights + r * kBinLanes, logs, sizeof(logs));
  }
  for (std::size_t part = 1; part < kParts; ++part)
    largest[0] = largest[part] > largest[0] ? largest[part] : largest[0];
  float most = largest[0][0];
  for (std::size_t lane = 1; lane < Width; ++lane) most = largest[0][lane] > most ? largest[0][lane] : most;
  for (std::size_t i = 0; i < n.runs * kBinLanes; ++i) weights[i] = normal_exponential(weights[i] - most);
  for (std::size_t part = 0; part < kParts; ++part) {
    Lanes sum = {}, row;
    for (std::size_t r = 0; r < n.runs; ++r) {
      std::memcpy(&row, at(weights + r * kBinLanes, part), sizeof(row));
      sum += row;
    }
    std::memcpy(at(block.sums[h], part), &sum, sizeof(sum));
  }
}

/// Finds each hit's bin: the lane whose sum reaches what is wanted, then the bin of its run. Without branches: a search
/// that has ended takes no further step. `weights`: of a hit, `size` numbers each.
[[gnu::always_inline]] inline void find_bins(const DrawSpec& spec, const DrawSizes& n, const float* weights,
                                             std::size_t size, HitBlock& block) noexcept {
  const auto bins = static_cast<std::uint32_t>(spec.bins);
  const auto runs = static_cast<std::uint32_t>(n.runs);
  const std::uint32_t last_lane = (bins - 1) / runs;
  float total[kHitBlock] = {};
  std::uint32_t searches[kHitBlock];
  for (std::size_t lane = 0; lane < kBinLanes; ++lane)
    for (std::size_t h = 0; h < kHitBlock; ++h) total[h] += block.sums[h][lane];
  for (std::size_t h = 0; h < kHitBlock; ++h) {
    block.wanted[h] *= total[h];
    block.before[h] = block.inside[h] = 0;
    block.lane[h] = block.run[h] = 0;
    searches[h] = 1;
  }
  for (std::uint32_t lane = 0; lane < last_lane; ++lane)
    for (std::size_t h = 0; h < kHitBlock; ++h) {
      const float next = block.before[h] + block.sums[h][lane];
      searches[h] &= next > block.wanted[h] ? 0U : 1U;
      block.before[h] = choose(searches[h] != 0, next, block.before[h]);
      block.lane[h] += searches[h];
    }
  std::int32_t at[kHitBlock];  // of the lane's next bin; 32 bits, so that gathers read them
  std::uint32_t last[kHitBlock];
  for (std::size_t h = 0; h < kHitBlock; ++h) {
    searches[h] = 1;
    at[h] = static_cast<std::int32_t>(h * size + block.lane[h]);
    last[h] = bins - 1 - block.lane[h] * runs;  // the last lane may have fewer bins than runs
  }
  for (std::uint32_t r = 0; r + 1 < runs; ++r)
    for (std::size_t h = 0; h < kHitBlock; ++h) {
      const float next = block.inside[h] + weights[at[h]];
      searches[h] &= (block.before[h] + next > block.wanted[h] ? 0U : 1U) & (r < last[h] ? 1U : 0U);
      block.inside[h] = choose(searches[h] != 0, next, block.inside[h]);
      block.run[h] += searches[h];
      at[h] += static_cast<std::int32_t>(kBinLanes);
    }
}

/// Log energies of a block's hits, whose shares of the weights' sum are block.wanted.
[[gnu::always_inline]] inline void place_in_bins(const DrawSpec& spec, const DrawSizes& n, const float* weights,
                                                 std::size_t count, HitBlock& block, float* logs) noexcept {
  const std::size_t size = n.runs * kBinLanes;
  find_bins(spec, n, weights, size, block);
  for (std::size_t h = 0; h < count; ++h) {
    const float own = weights[h * size + block.run[h] * kBinLanes + block.lane[h]];
    const float weight = std::max(own, std::numeric_limits<float>::min());
    const float part = std::clamp((block.wanted[h] - (block.before[h] + block.inside[h])) / weight, 0.0F, 1.0F);
    const float* edge = &spec.edges[block.lane[h] * n.runs + block.run[h]];
    logs[h] = edge[0] + (edge[1] - edge[0]) * part;
  }
}

template <std::size_t Width>
[[gnu::always_inline]] inline void draw(std::integral_constant<std::size_t, Width>, const DrawSpec& spec,
                                        const std::array<const float*, 2>& values, const float* noise,
                                        float* __restrict out, std::byte* scratch) noexcept {
  const DrawSizes n(spec);
  const HeadValues head(spec, values);
  const std::size_t cells = n.drawn * n.layers;
  auto* chances = reinterpret_cast<float*>(scratch);
  auto* weights = chances + cells;
  auto* statistics = weights + kHitBlock * n.runs * kBinLanes;
  auto* hits = reinterpret_cast<DrawnHit*>(statistics + n.statistics);
  std::fill_n(out, n.layers * n.plane, 0.0F);
  for (std::size_t i = 0; i < n.drawn; ++i)
    head.logits(static_cast<std::size_t>(spec.drawn[i]), n.layers, chances + i * n.layers);
  for (std::size_t i = 0; i < cells; ++i) chances[i] = logistic(chances[i]);
  // Each cell is written behind the list; it stays if it is a hit.
  std::size_t count = 0;
  for (std::size_t i = 0; i < n.drawn; ++i) {
    const auto place = static_cast<std::size_t>(spec.drawn[i]);
    for (std::size_t layer = 0; layer < n.layers; ++layer) {
      hits[count] = {static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(layer)};
      count += noise[layer * n.plane + place] < chances[i * n.layers + layer] ? 1U : 0U;
    }
  }
  float* logs = chances;  // no longer needed as chances: there are no more hits than cells
  HitBlock block = {};
  for (std::size_t first = 0; first < count; first += kHitBlock) {
    const std::size_t size = std::min(kHitBlock, count - first);
    for (std::size_t h = 0; h < size; ++h) {
      const auto& hit = hits[first + h];
      head.statistics(hit, n.statistics, statistics);
      weigh_bins<Width>(spec, n, statistics, weights + h * n.runs * kBinLanes, h, block);
      block.wanted[h] = noise[(n.layers + hit.layer) * n.plane + hit.place];
    }
    place_in_bins(spec, n, weights, size, block, logs + first);
  }
  for (std::size_t hit = 0; hit < count; ++hit) logs[hit] = exponential(logs[hit]);
  for (std::size_t hit = 0; hit < count; ++hit) out[hits[hit].layer * n.plane + hits[hit].place] = logs[hit];
}

OCTOCAL_FOR_EACH_ISA(draw,
                     (const DrawSpec& spec, const std::array<const float*, 2>& values, const float* noise, float* out,
                      std::byte* scratch),
                     (std::integral_constant<std::size_t, kWidth>(), spec, values, noise, out, scratch))

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
  return (cells + kHitBlock * n.runs * kBinLanes + n.statistics) * sizeof(float) + (cells + 1) * sizeof(DrawnHit);
}

void draw_cells(const DrawSpec& spec, Isa isa, const std::array<const float*, 2>& values, const float* noise,
                float* out, std::byte* scratch) noexcept {
  draw_for(isa)(spec, values, noise, out, scratch);
}

}  // namespace octocal::engine
