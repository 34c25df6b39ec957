// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "octocal/engine/kernels/tile_sums.hpp"

// The loops of all tile kernels. Included once in each file of an instruction set, which defines
//
//   OCTOCAL_TARGET  the function attribute that names the instruction set (lambdas would not inherit it)
//   a class Vector  with kLanes int32 lanes: Sum, Pair; zero(), weights(), pair(), add(sum, pair, weights), add_to(sum, double*)

namespace octocal::engine {
namespace {

template <typename Vector, std::int64_t kPixels, std::int64_t kVectors>
OCTOCAL_TARGET void sum_rows(const TileTaps& taps, const std::int16_t* pixel, std::int64_t stride,
                             const std::int16_t* weights, double* sums) noexcept {
  constexpr std::int64_t kChannels = kVectors * Vector::kLanes;
  typename Vector::Sum sum[kPixels][kVectors];
  for (auto& row : sum)
    for (auto& one : row) one = Vector::zero();
  for (std::int64_t i = 0; i < kPixels * kChannels; ++i) sums[i] = 0;
  std::int64_t left = taps.block;
  const std::int64_t rows = taps.planes * taps.rows;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int16_t* next = pixel + taps.start_of(row);
    for (std::int64_t done = 0; done < taps.pairs;) {
      const std::int64_t count = taps.pairs - done < left ? taps.pairs - done : left;
      done += count;
      left -= count;
      for (const std::int16_t* end = next + 2 * count; next != end; next += 2) {
        typename Vector::Pair w[kVectors];
        for (std::int64_t v = 0; v < kVectors; ++v) w[v] = Vector::weights(weights + v * 2 * Vector::kLanes);
        weights += 2 * kChannels;
#pragma GCC unroll 13
        for (std::int64_t p = 0; p < kPixels; ++p) {
          // Four pixels share a base, so that few registers hold addresses.
          const auto x = Vector::pair(next + p / 4 * (4 * stride) + p % 4 * stride);
#pragma GCC unroll 2
          for (std::int64_t v = 0; v < kVectors; ++v) sum[p][v] = Vector::add(sum[p][v], x, w[v]);
        }
      }
      const bool last = row + 1 == rows && done == taps.pairs;
      if (left > 0 && !last) continue;
      left = taps.block;
      for (std::int64_t p = 0; p < kPixels; ++p)
        for (std::int64_t v = 0; v < kVectors; ++v) {
          Vector::add_to(sum[p][v], sums + p * kChannels + v * Vector::kLanes);
          sum[p][v] = Vector::zero();
        }
    }
  }
}

/// Kernels of 1 to kMost pixels.
template <typename Vector, std::int64_t kVectors, std::size_t... kLess>
void add_kernels(const char* name, TileKernel* to, std::index_sequence<kLess...> /*pixels less one*/) {
  ((to[kLess] = {name, static_cast<std::int64_t>(kLess) + 1, kVectors * Vector::kLanes,
                 Vector::kCost * kVectors * (static_cast<std::int64_t>(kLess) + 1) + static_cast<std::int64_t>(kLess) +
                     1 + kVectors + 2,
                 sum_rows<Vector, static_cast<std::int64_t>(kLess) + 1, kVectors>}),
   ...);
}

template <typename Vector, std::int64_t kVectors, std::size_t kMost>
std::array<TileKernel, kMost> kernels_up_to(const char* name) {
  std::array<TileKernel, kMost> kernels;
  add_kernels<Vector, kVectors>(name, kernels.data(), std::make_index_sequence<kMost>());
  return kernels;
}

template <std::size_t kFirst, std::size_t kSecond>
std::array<TileKernel, kFirst + kSecond> joined(const std::array<TileKernel, kFirst>& first,
                                                const std::array<TileKernel, kSecond>& second) {
  std::array<TileKernel, kFirst + kSecond> all;
  for (std::size_t i = 0; i < kFirst; ++i) all[i] = first[i];
  for (std::size_t i = 0; i < kSecond; ++i) all[kFirst + i] = second[i];
  return all;
}

}  // namespace
}  // namespace octocal::engine
