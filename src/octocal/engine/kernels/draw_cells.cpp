// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/draw_cells.hpp"

#include <algorithm>
#include <array>

#include "octocal/engine/kernels/exponential.hpp"
#include "octocal/engine/kernels/functions.hpp"

namespace octocal::engine {
namespace {

void chances_of(std::size_t size, const float* logits, float* out) noexcept {
  FunctionSpec spec;
  spec.function = FunctionSpec::Function::kSigmoid;
  spec.size = static_cast<std::int64_t>(size);
  apply_function(spec, logits, out);
}

constexpr std::size_t kBlock = 16;  // bins of a block: blocks are summed each for itself, so that no sum waits for all

/// Sum of weights[first .. end), in order.
float sum_of(const float* weights, std::size_t first, std::size_t end) noexcept {
  float sum = 0;
  for (std::size_t j = first; j < end; ++j) sum += weights[j];
  return sum;
}

/// The largest of a list; no NaN among them. In lanes, which the compiler turns into vectors.
[[gnu::always_inline]] inline float largest_of(const float* numbers, std::size_t size) noexcept {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> largest;
  largest.fill(numbers[0]);
  std::size_t at = 0;
  for (; at + kLanes <= size; at += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      largest[lane] = numbers[at + lane] > largest[lane] ? numbers[at + lane] : largest[lane];
  for (; at < size; ++at) largest[0] = std::max(largest[0], numbers[at]);
  return *std::max_element(largest.begin(), largest.end());
}

/// Where a share of the weights' sum lies: the bin, and how far inside it (0 to 1). Weights are not negative.
struct Place {
  std::size_t bin;
  float inside;
};
Place find_place(const float* weights, std::size_t bins, float share) noexcept {
  float total = 0;
  for (std::size_t first = 0; first < bins; first += kBlock)
    total += sum_of(weights, first, std::min(first + kBlock, bins));
  const float wanted = share * total;
  float before = 0;
  std::size_t first = 0;
  while (first + kBlock < bins) {
    const float next = before + sum_of(weights, first, first + kBlock);
    if (next > wanted) break;
    before = next;
    first += kBlock;
  }
  const std::size_t last = std::min(first + kBlock, bins) - 1;
  float inside = 0;  // of the block: sums of its bins up to here
  std::size_t bin = first;
  while (bin < last && !(before + (inside + weights[bin]) > wanted)) inside += weights[bin++];
  return {bin, std::clamp((wanted - (before + inside)) / weights[bin], 0.0F, 1.0F)};
}

/// Weights of a cell's bins, from its statistics, which lie `layers` numbers apart.
[[gnu::always_inline]] inline void weigh_bins(const DrawSpec& spec, const float* statistics, float* logs,
                                              float* weights) noexcept {
  const auto bins = static_cast<std::size_t>(spec.bins);
  const auto layers = static_cast<std::size_t>(spec.layers);
  std::copy(spec.log_density.begin(), spec.log_density.end(), logs);
  const float* row = spec.basis.data();
  for (std::size_t s = 0; s < static_cast<std::size_t>(spec.statistics); ++s, row += bins) {
    const float theta = statistics[s * layers];
    for (std::size_t j = 0; j < bins; ++j) logs[j] += theta * row[j];
  }
  const float largest = largest_of(logs, bins);
  for (std::size_t j = 0; j < bins; ++j) weights[j] = exponential(logs[j] - largest);
}

using Weigh = void (*)(const DrawSpec&, const float*, float*, float*) noexcept;

void weigh_portable(const DrawSpec& spec, const float* statistics, float* logs, float* weights) noexcept {
  weigh_bins(spec, statistics, logs, weights);
}
#if defined(__x86_64__)
[[gnu::target("avx2")]] void weigh_avx2(const DrawSpec& spec, const float* statistics, float* logs,
                                        float* weights) noexcept {
  weigh_bins(spec, statistics, logs, weights);
}
[[gnu::target("avx512f,avx512dq")]] void weigh_avx512(const DrawSpec& spec, const float* statistics, float* logs,
                                                      float* weights) noexcept {
  weigh_bins(spec, statistics, logs, weights);
}
#endif

Weigh weighing(Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512) return weigh_avx512;
  if (isa >= Isa::kAvx2) return weigh_avx2;
#endif
  static_cast<void>(isa);
  return weigh_portable;
}

}  // namespace

std::size_t draw_scratch_floats(const DrawSpec& spec) noexcept {
  return 2 * static_cast<std::size_t>(std::max(spec.bins, spec.layers));
}

void draw_cells(const DrawSpec& spec, Isa isa, const float* values, const float* noise, float* out,
                float* scratch) noexcept {
  const auto weigh = weighing(isa);
  const auto layers = static_cast<std::size_t>(spec.layers);
  const auto plane = static_cast<std::size_t>(spec.plane);
  const auto bins = static_cast<std::size_t>(spec.bins);
  const std::size_t channels = layers * (1 + static_cast<std::size_t>(spec.statistics));
  const std::size_t half = std::max(bins, layers);
  float* logs = scratch;
  float* weights = scratch + half;
  std::fill_n(out, layers * plane, 0.0F);
  for (const std::int32_t pixel : spec.drawn) {
    const auto place = static_cast<std::size_t>(pixel);
    const float* own = values + place * channels;
    chances_of(layers, own, logs);
    for (std::size_t layer = 0; layer < layers; ++layer) {
      const std::size_t cell = layer * plane + place;
      out[cell] = noise[cell] < logs[layer] ? 1.0F : 0.0F;  // marks a hit until its energy is drawn
    }
    for (std::size_t layer = 0; layer < layers; ++layer) {
      const std::size_t cell = layer * plane + place;
      if (out[cell] == 0) continue;
      weigh(spec, own + layers + layer, logs, weights);
      const auto [bin, inside] = find_place(weights, bins, noise[layers * plane + cell]);
      const float low = spec.edges[bin];
      out[cell] = exponential(low + (spec.edges[bin + 1] - low) * inside);
    }
  }
}

}  // namespace octocal::engine
