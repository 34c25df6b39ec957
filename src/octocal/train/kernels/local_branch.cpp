// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/kernels/local_branch.hpp"

#include <cstring>

namespace octocal::train::kernels {
namespace {

constexpr std::size_t kTapsAlong = 5, kTaps = kTapsAlong * kTapsAlong;

// Sixteen floats in whatever registers there are.
using Lanes [[gnu::vector_size(kLocalLanes * sizeof(float))]] = float;

[[gnu::always_inline]] inline void load(Lanes& lanes, const float* from) { std::memcpy(&lanes, from, sizeof lanes); }
[[gnu::always_inline]] inline void store(float* to, const Lanes& lanes) { std::memcpy(to, &lanes, sizeof lanes); }

/// Index of the pixel that tap t of drawn pixel (column, row) sees.
[[gnu::always_inline]] inline std::size_t seen_pixel(const LocalBranch& n, std::size_t column, std::size_t row,
                                                     std::size_t tap) {
  const std::size_t x = 2 * column + n.first_x + tap / kTapsAlong, y = 2 * row + n.first_y + tap % kTapsAlong;
  return x * n.width + y;
}

[[gnu::always_inline]] inline void values_body(const LocalBranch& n, float* hidden, float* values) {
  const std::size_t rounded = local_layers(n.layers);
  for (std::size_t column = 0; column < n.columns; ++column)
    for (std::size_t row = 0; row < n.rows; ++row) {
      float* cell_values = values + (column * n.rows + row) * n.values * n.layers;
      for (std::size_t group = 0; group < n.groups; ++group)
        for (std::size_t first = 0; first < rounded; first += kLocalLayers) {
          Lanes bias;
          load(bias, n.bias + group * kLocalLanes);
          Lanes sums[kLocalLayers];
          for (auto& sum : sums) sum = bias;
          const float* weight = n.weight + group * kTaps * n.planes * kLocalLanes;
          for (std::size_t tap = 0; tap < kTaps; ++tap) {
            const std::size_t at = seen_pixel(n, column, row, tap);
            const float* pixel = n.pixels + at * n.planes * rounded + first;
            const float* own = weight + tap * n.planes * kLocalLanes;
            for (std::size_t plane = 0; plane < n.seen[at]; ++plane) {
              Lanes lanes;
              load(lanes, own + plane * kLocalLanes);
              const float* near = pixel + plane * rounded;
#pragma GCC unroll 7
              for (std::size_t l = 0; l < kLocalLayers; ++l) sums[l] += near[l] * lanes;
            }
          }
          Lanes out[kLocalLayers];
          for (auto& lanes : out) lanes = Lanes{};
          for (std::size_t l = 0; l < kLocalLayers; ++l) {
            const Lanes low = sums[l] * n.slope;
            store(hidden + l * kLocalLanes, sums[l] > 0 ? sums[l] : low);
          }
          for (std::size_t channel = 0; channel < kLocalLanes; ++channel) {
            Lanes lanes;
            load(lanes, n.out + (group * kLocalLanes + channel) * kLocalLanes);
#pragma GCC unroll 7
            for (std::size_t l = 0; l < kLocalLayers; ++l) out[l] += hidden[l * kLocalLanes + channel] * lanes;
          }
          hidden += kLocalLayers * kLocalLanes;
          for (std::size_t l = 0; l < kLocalLayers && first + l < n.layers; ++l)
            for (std::size_t value = 0; value < n.values; ++value)
              cell_values[value * n.layers + first + l] += out[l][value];
        }
    }
}

[[gnu::always_inline]] inline void gradient_body(const LocalBranch& n, const float* out_turned, const float* hidden,
                                                 const float* values_gradient, const LocalGradient& gradient) {
  const std::size_t rounded = local_layers(n.layers);
  float of_hidden[kMostLocalLayers * kLocalLanes];
  for (std::size_t column = 0; column < n.columns; ++column)
    for (std::size_t row = 0; row < n.rows; ++row) {
      const float* cell_gradient = values_gradient + (column * n.rows + row) * n.values * n.layers;
      for (std::size_t group = 0; group < n.groups; ++group, hidden += rounded * kLocalLanes) {
        Lanes of_bias;
        load(of_bias, gradient.bias + group * kLocalLanes);
        for (std::size_t l = 0; l < n.layers; ++l) {
          Lanes sum{};
          for (std::size_t value = 0; value < n.values; ++value) {
            Lanes lanes;
            load(lanes, out_turned + (group * n.values + value) * kLocalLanes);
            sum += cell_gradient[value * n.layers + l] * lanes;
          }
          Lanes channels;
          load(channels, hidden + l * kLocalLanes);
          const Lanes low = sum * n.slope;
          sum = channels > 0 ? sum : low;
          of_bias += sum;
          store(of_hidden + l * kLocalLanes, sum);
        }
        store(gradient.bias + group * kLocalLanes, of_bias);
        for (std::size_t value = 0; value < n.values; ++value) {
          float* to = gradient.out + (group * n.values + value) * kLocalLanes;
          Lanes sum;
          load(sum, to);
          for (std::size_t l = 0; l < n.layers; ++l) {
            Lanes channels;
            load(channels, hidden + l * kLocalLanes);
            sum += cell_gradient[value * n.layers + l] * channels;
          }
          store(to, sum);
        }
        float* weight = gradient.weight + group * kTaps * n.planes * kLocalLanes;
        for (std::size_t tap = 0; tap < kTaps; ++tap) {
          const std::size_t at = seen_pixel(n, column, row, tap);
          const float* pixel = n.pixels + at * n.planes * rounded;
          float* own = weight + tap * n.planes * kLocalLanes;
          for (std::size_t plane = 0; plane < n.seen[at]; ++plane, own += kLocalLanes) {
            const float* near = pixel + plane * rounded;
            Lanes even, odd{};
            load(even, own);
            std::size_t l = 0;
            for (; l + 1 < n.layers; l += 2) {
              Lanes a, b;
              load(a, of_hidden + l * kLocalLanes);
              load(b, of_hidden + (l + 1) * kLocalLanes);
              even += near[l] * a;
              odd += near[l + 1] * b;
            }
            if (l < n.layers) {
              Lanes a;
              load(a, of_hidden + l * kLocalLanes);
              even += near[l] * a;
            }
            even += odd;
            store(own, even);
          }
        }
      }
    }
}

#if defined(__x86_64__)
[[gnu::target("avx512f,avx512vl,fma")]] void values_avx512(const LocalBranch& n, float* hidden, float* values) {
  values_body(n, hidden, values);
}
[[gnu::target("avx2,fma")]] void values_avx2(const LocalBranch& n, float* hidden, float* values) {
  values_body(n, hidden, values);
}
[[gnu::target("avx512f,avx512vl,fma")]] void gradient_avx512(const LocalBranch& n, const float* out_turned,
                                                             const float* hidden, const float* values_gradient,
                                                             const LocalGradient& gradient) {
  gradient_body(n, out_turned, hidden, values_gradient, gradient);
}
[[gnu::target("avx2,fma")]] void gradient_avx2(const LocalBranch& n, const float* out_turned, const float* hidden,
                                               const float* values_gradient, const LocalGradient& gradient) {
  gradient_body(n, out_turned, hidden, values_gradient, gradient);
}
#endif

}  // namespace

std::size_t local_hidden_size(const LocalBranch& n) noexcept {
  return n.columns * n.rows * n.groups * local_layers(n.layers) * kLocalLanes;
}

void add_local_values(const LocalBranch& branch, float* hidden, float* values, [[maybe_unused]] Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512) return values_avx512(branch, hidden, values);
  if (isa >= Isa::kAvx2) return values_avx2(branch, hidden, values);
#endif
  values_body(branch, hidden, values);
}

void add_local_gradient(const LocalBranch& branch, const float* out_turned, const float* hidden,
                        const float* values_gradient, const LocalGradient& gradient,
                        [[maybe_unused]] Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512) return gradient_avx512(branch, out_turned, hidden, values_gradient, gradient);
  if (isa >= Isa::kAvx2) return gradient_avx2(branch, out_turned, hidden, values_gradient, gradient);
#endif
  gradient_body(branch, out_turned, hidden, values_gradient, gradient);
}

}  // namespace octocal::train::kernels
