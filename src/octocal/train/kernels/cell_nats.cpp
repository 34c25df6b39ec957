// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/kernels/cell_nats.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace octocal::train::kernels {
namespace {

constexpr std::size_t kLanes = kDensityLanes;

/// exp for -87 <= x <= 0, to 2 units in the last place: 2^n times a polynomial of the rest (Cephes' expf).
[[gnu::always_inline]] inline float exp_of(float x) {
  constexpr float kMagic = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  const float shifted = x * 1.44269504F + kMagic;
  const float n = shifted - kMagic;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  const auto power = (std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kMagic)) << 23;
  return std::bit_cast<float>(std::bit_cast<std::int32_t>(p) + power);
}

/// The sum of lanes in a fixed order.
[[gnu::always_inline]] inline float sum_of(const float* lanes) {
  float sum = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) sum += lanes[lane];
  return sum;
}

/// What lies beyond the edges counts to the outer bins.
inline std::size_t bin_of(const CellDensity& density, float energy_gev) {
  const float* last = density.edges + density.edge_count;
  return static_cast<std::size_t>(std::lower_bound(density.edges, last, std::log(energy_gev)) - density.edges);
}

/// Minus the log density of a hit; leaves p_j - [j == bin] in `weights`.
[[gnu::always_inline]] inline double hit_nats(const CellDensity& density, const float* theta, std::size_t bin,
                                              float* __restrict logs, float* __restrict weights) {
  const std::size_t bins = density.bins;
  for (std::size_t j = 0; j < bins; ++j) logs[j] = density.log_density[j];
  for (std::size_t s = 0; s < density.statistics; ++s) {
    const float weight = theta[s];
    const float* __restrict phi = density.basis + s * bins;
    for (std::size_t j = 0; j < bins; ++j) logs[j] += weight * phi[j];
  }
  float most[kLanes], sums[kLanes] = {};
  for (std::size_t lane = 0; lane < kLanes; ++lane) most[lane] = logs[lane];
  for (std::size_t j = kLanes; j < bins; j += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      most[lane] = logs[j + lane] > most[lane] ? logs[j + lane] : most[lane];
  const float largest = *std::max_element(most, most + kLanes);
  for (std::size_t j = 0; j < bins; j += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float below = logs[j + lane] - largest;
      const float weight = exp_of(below < -87.0F ? -87.0F : below);
      weights[j + lane] = weight;
      sums[lane] += weight;
    }
  const float sum = sum_of(sums);
  const float share = 1 / sum;
  for (std::size_t j = 0; j < bins; ++j) weights[j] *= share;
  weights[bin] -= 1;
  return static_cast<double>(largest - logs[bin] + std::log(sum) + density.log_width[bin]);
}

[[gnu::always_inline]] inline void add_gradient(const CellDensity& density, const float* theta,
                                                const float* __restrict weights, const NatsGradient& gradient,
                                                float* theta_gradient) {
  const std::size_t bins = density.bins;
  for (std::size_t j = 0; j < bins; ++j) gradient.log_density[j] += weights[j];
  for (std::size_t s = 0; s < density.statistics; ++s) {
    const float* __restrict phi = density.basis + s * bins;
    float* __restrict of_basis = gradient.basis + s * bins;
    const float weight = theta[s];
    float sums[kLanes] = {};
    for (std::size_t j = 0; j < bins; j += kLanes)
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        sums[lane] += weights[j + lane] * phi[j + lane];
        of_basis[j + lane] += weight * weights[j + lane];
      }
    theta_gradient[s] = sum_of(sums);
  }
}

// Below this log(1 + x) is x (1 - x / 2) in float32.
constexpr float kSmallChance = 1e-3F;

[[gnu::always_inline]] inline double nats_body(const CellDensity& density, const HeadCells& head,
                                               const NatsGradient& gradient, float* memory) {
  float* logs = memory;
  float* weights = logs + density.bins;
  float* theta = weights + density.bins;
  float* theta_gradient = theta + density.statistics;
  const auto layer_step = static_cast<std::ptrdiff_t>(head.layers) * head.channel_step;  // from a value to the next
  double nats = 0;
  std::size_t at = 0;
  for (std::size_t layer = 0; layer < head.layers; ++layer)
    for (std::size_t row = 0; row < head.rows; ++row)
      for (std::size_t column = 0; column < head.columns; ++column, ++at) {
        const auto place = static_cast<std::ptrdiff_t>(layer) * head.channel_step +
                           static_cast<std::ptrdiff_t>(row * head.columns + column) * head.pixel_step;
        const float* value = head.values + place;
        const bool hit = head.cells[at] > 0;
        const float logit = *value;
        const float small = exp_of(std::max(-std::abs(logit), -87.0F));
        const float log_sum = small < kSmallChance ? small * (1 - 0.5F * small) : std::log1p(small);
        nats += static_cast<double>(std::max(hit ? -logit : logit, 0.0F) + log_sum);
        if (gradient.values != nullptr) {
          const float chance = logit < 0 ? small / (1 + small) : 1 / (1 + small);
          gradient.values[place] = chance - (hit ? 1.0F : 0.0F);
        }
        if (!hit) continue;
        for (std::size_t s = 0; s < density.statistics; ++s)
          theta[s] = value[static_cast<std::ptrdiff_t>(s + 1) * layer_step];
        nats += hit_nats(density, theta, bin_of(density, head.cells[at]), logs, weights);
        if (gradient.values == nullptr) continue;
        add_gradient(density, theta, weights, gradient, theta_gradient);
        for (std::size_t s = 0; s < density.statistics; ++s)
          gradient.values[place + static_cast<std::ptrdiff_t>(s + 1) * layer_step] = theta_gradient[s];
      }
  return nats;
}

#if defined(__x86_64__)
[[gnu::target("avx512f,avx512vl,fma")]] double nats_avx512(const CellDensity& density, const HeadCells& head,
                                                           const NatsGradient& gradient, float* memory) {
  return nats_body(density, head, gradient, memory);
}
[[gnu::target("avx2,fma")]] double nats_avx2(const CellDensity& density, const HeadCells& head,
                                             const NatsGradient& gradient, float* memory) {
  return nats_body(density, head, gradient, memory);
}
#endif

}  // namespace

double cell_nats(const CellDensity& density, const HeadCells& head, const NatsGradient& gradient, float* memory,
                 [[maybe_unused]] Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512) return nats_avx512(density, head, gradient, memory);
  if (isa >= Isa::kAvx2) return nats_avx2(density, head, gradient, memory);
#endif
  return nats_body(density, head, gradient, memory);
}

}  // namespace octocal::train::kernels
