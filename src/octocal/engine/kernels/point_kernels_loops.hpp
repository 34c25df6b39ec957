// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "octocal/engine/kernels/point_kernels.hpp"

// The loops of all point kernels. Included once in each file of an instruction set, which defines
//
//   OCTOCAL_TARGET  the function attribute that names the instruction set (lambdas would not inherit it)
//   OCTOCAL_INLINE  the same, for functions that take or give vectors
//   Pairs           kLanes int32 lanes: Sum, Pair; zero(), weights(), pair(), add(sum, pair, weights), store()
//   Words           kLanes 16-bit lanes modulo 2^16, as a vector type Vector, and in memory as Loose
//   Lanes           kLanes 32-bit lanes: Vector (modulo 2^32), Signed, Float, in memory Loose and LooseFloat, and
//                   floats(Vector), round_u8(Float, out), round_u16(Float, out)

namespace octocal::engine {
namespace {

template <typename Vector, std::int64_t kPixels, std::int64_t kVectors>
OCTOCAL_TARGET void sum_points(const PointRuns& runs, const std::int16_t* values, const std::int32_t* pixels,
                               const std::int16_t* weights, std::int32_t* sums) noexcept {
  constexpr std::int64_t kChannels = kVectors * Vector::kLanes;
  typename Vector::Sum sum[kPixels][kVectors];
  for (auto& row : sum)
    for (auto& one : row) one = Vector::zero();
  for (std::int64_t run = 0; run < runs.runs; ++run) {
    const std::int16_t* next[kPixels];
    for (std::int64_t p = 0; p < kPixels; ++p) next[p] = values + pixels[p] + runs.at[run];
    for (std::int64_t i = 0; i < 2 * runs.pairs; i += 2) {
      typename Vector::Pair w[kVectors];
      for (std::int64_t v = 0; v < kVectors; ++v) w[v] = Vector::weights(weights + v * 2 * Vector::kLanes);
      weights += 2 * kChannels;
#pragma GCC unroll 12
      for (std::int64_t p = 0; p < kPixels; ++p) {
        const auto x = Vector::pair(next[p] + i);
#pragma GCC unroll 3
        for (std::int64_t v = 0; v < kVectors; ++v) sum[p][v] = Vector::add(sum[p][v], x, w[v]);
      }
    }
  }
  for (std::int64_t p = 0; p < kPixels; ++p)
    for (std::int64_t v = 0; v < kVectors; ++v) Vector::store(sum[p][v], sums + p * kChannels + v * Vector::kLanes);
}

/// Of 7 numbers at a stride of `from` to 9 at a stride of `to`.
template <typename Number>
OCTOCAL_INLINE void spread_nested_axis(const Number* in, std::ptrdiff_t from, Number* out, std::ptrdiff_t to) noexcept {
  const Number two = in[2 * from], three = in[3 * from], four = in[4 * from];
  const Number before = in[from] - three, after = in[5 * from] - three, two_four = two - four;
  out[0] = in[0] - two - before;
  out[to] = before;
  out[2 * to] = two_four - before;
  out[3 * to] = two - three;
  out[4 * to] = three;
  out[5 * to] = four - three;
  out[6 * to] = four - two - after;
  out[7 * to] = after;
  out[8 * to] = in[6 * from] - four - after;
}

/// Of 6 numbers to 6.
template <typename Number>
OCTOCAL_INLINE void spread_toom_axis(const Number* in, std::ptrdiff_t from, Number* out, std::ptrdiff_t to) noexcept {
  const Number d0 = in[0], d1 = in[from], d2 = in[2 * from], d3 = in[3 * from], d4 = in[4 * from], d5 = in[5 * from];
  const Number four_d1 = d1 << 2, four_d2 = d2 << 2;
  const Number even = d4 - four_d2, odd = d3 - four_d1;
  const Number even2 = d4 - d2, odd2 = (d3 - d1) << 1;
  out[0] = (d0 << 2) - four_d2 - d2 + d4;
  out[to] = even + odd;
  out[2 * to] = even - odd;
  out[3 * to] = even2 + odd2;
  out[4 * to] = even2 - odd2;
  out[5 * to] = four_d1 - (d3 << 2) - d3 + d5;
}

/// Of 9 sums to 4.
template <typename Number>
OCTOCAL_INLINE void join_nested_axis(const Number* in, std::ptrdiff_t from, Number* out, std::ptrdiff_t to) noexcept {
  const Number a0 = in[0] + in[from], a1 = in[from] + in[2 * from];
  const Number b0 = in[3 * from] + in[4 * from], b1 = in[4 * from] + in[5 * from];
  const Number c0 = in[6 * from] + in[7 * from], c1 = in[7 * from] + in[8 * from];
  out[0] = a0 + b0;
  out[to] = a1 + b1;
  out[2 * to] = b0 + c0;
  out[3 * to] = b1 + c1;
}

/// Of 6 sums to 24 times 4.
template <typename Number>
OCTOCAL_INLINE void join_toom_axis(const Number* in, std::ptrdiff_t from, Number* out, std::ptrdiff_t to) noexcept {
  const Number s12 = (in[from] + in[2 * from]) << 2, d12 = (in[from] - in[2 * from]) << 2;
  const Number s34 = in[3 * from] + in[4 * from], d34 = (in[3 * from] - in[4 * from]) << 1;
  const Number m0 = in[0] << 1, m5 = in[5 * from] << 3;
  out[0] = m0 + (m0 << 1) - s12 + s34;
  out[to] = d34 - d12;
  out[2 * to] = (s34 << 2) - s12;
  out[3 * to] = (d34 << 2) - d12 + m5 + (m5 << 1);
}

/// The axis maps as classes, so that one loop serves both filters.
struct NestedAxis {
  static constexpr std::int64_t kWindow = 7, kPoints = 9, kOutputs = 4;
  template <typename Number>
  OCTOCAL_INLINE static void spread(const Number* in, std::ptrdiff_t from, Number* out, std::ptrdiff_t to) noexcept {
    spread_nested_axis(in, from, out, to);
  }
  template <typename Number>
  OCTOCAL_INLINE static void join(const Number* in, std::ptrdiff_t from, Number* out, std::ptrdiff_t to) noexcept {
    join_nested_axis(in, from, out, to);
  }
  template <typename Number>
  OCTOCAL_INLINE static void divide(Number& /*outputs*/) noexcept {}
};
struct ToomAxis {
  static constexpr std::int64_t kWindow = 6, kPoints = 6, kOutputs = 4;
  template <typename Number>
  OCTOCAL_INLINE static void spread(const Number* in, std::ptrdiff_t from, Number* out, std::ptrdiff_t to) noexcept {
    spread_toom_axis(in, from, out, to);
  }
  template <typename Number>
  OCTOCAL_INLINE static void join(const Number* in, std::ptrdiff_t from, Number* out, std::ptrdiff_t to) noexcept {
    join_toom_axis(in, from, out, to);
  }
  /// By 576 = 9 * 64: by nine with its reciprocal modulo 2^32, by 64 with a shift that keeps the sign.
  template <typename Number>
  OCTOCAL_INLINE static void divide(Number& outputs) noexcept {
    static_assert(9U * 954437177U == 1U);
    const Number times64 = outputs * 954437177U;
    outputs = reinterpret_cast<Number>(reinterpret_cast<typename Lanes::Signed>(times64) >> 6);
  }
};

template <typename Axis>
OCTOCAL_TARGET void spread_window(const std::int16_t* source, std::int64_t row, std::int64_t pixel,
                                  std::int64_t channels, std::int16_t* points, std::int64_t point) noexcept {
  using Vector = typename Words::Vector;
  using Loose = typename Words::Loose;
  constexpr std::int64_t kWindow = Axis::kWindow, kPoints = Axis::kPoints;
  for (std::int64_t wanted = 0; wanted < channels; wanted += Words::kLanes) {
    // The last channels begin earlier, and are made a second time.
    const std::int64_t c = wanted + Words::kLanes > channels ? channels - Words::kLanes : wanted;
    Vector rows[kPoints * kWindow];
    for (std::int64_t x = 0; x < kWindow; ++x) {
      Vector column[kWindow];
#pragma GCC unroll 9
      for (std::int64_t y = 0; y < kWindow; ++y)
        column[y] = *reinterpret_cast<const Loose*>(source + y * row + x * pixel + c);
      Axis::spread(column, 1, rows + x, kWindow);
    }
    for (std::int64_t y = 0; y < kPoints; ++y) {
      Vector made[kPoints];
      Axis::spread(rows + y * kWindow, 1, made, 1);
#pragma GCC unroll 9
      for (std::int64_t x = 0; x < kPoints; ++x)
        *reinterpret_cast<Loose*>(points + (y * kPoints + x) * point + c) = made[x];
    }
  }
}

template <typename Axis>
OCTOCAL_TARGET void join_patch(const std::int32_t* sums, std::int64_t point, std::int64_t channels,
                               std::int32_t* outputs) noexcept {
  using Vector = typename Lanes::Vector;
  using Loose = typename Lanes::Loose;
  constexpr std::int64_t kOutputs = Axis::kOutputs, kPoints = Axis::kPoints;
  for (std::int64_t c = 0; c < channels; c += Lanes::kLanes) {
    Vector rows[kPoints * kOutputs];
    for (std::int64_t y = 0; y < kPoints; ++y) {
      Vector row[kPoints];
#pragma GCC unroll 9
      for (std::int64_t x = 0; x < kPoints; ++x)
        row[x] = *reinterpret_cast<const Loose*>(sums + (y * kPoints + x) * point + c);
      Axis::join(row, 1, rows + y * kOutputs, 1);
    }
    for (std::int64_t x = 0; x < kOutputs; ++x) {
      Vector column[kOutputs];
      Axis::join(rows + x, kOutputs, column, 1);
#pragma GCC unroll 4
      for (std::int64_t y = 0; y < kOutputs; ++y) {
        Axis::divide(column[y]);
        *reinterpret_cast<Loose*>(outputs + (y * kOutputs + x) * channels + c) = column[y];
      }
    }
  }
}

OCTOCAL_INLINE Lanes::Float loaded(const float* at) noexcept { return *reinterpret_cast<const Lanes::LooseFloat*>(at); }

/// Sums of kLanes channels as float32, rounded once.
OCTOCAL_INLINE Lanes::Float rounded_sums(const FinishPixels& pixels, std::int64_t at, std::int64_t channel) noexcept {
  if (pixels.shift == nullptr) return Lanes::floats(*reinterpret_cast<const Lanes::Loose*>(pixels.low + at));
  alignas(64) float t[Lanes::kLanes];
  const double* shift = pixels.shift + channel;
  if (pixels.sums != nullptr) {
    for (std::int64_t i = 0; i < Lanes::kLanes; ++i) t[i] = static_cast<float>(pixels.sums[at + i] - shift[i]);
  } else {
    for (std::int64_t i = 0; i < Lanes::kLanes; ++i)
      t[i] = static_cast<float>(256.0 * static_cast<double>(pixels.high[at + i]) +
                                static_cast<double>(pixels.low[at + i]) - shift[i]);
  }
  return loaded(t);
}

/// Of kLanes channels from `c` on: the formula up to rounding, operation by operation over all pixels, so that no
/// pixel asks again what the operations are.
OCTOCAL_INLINE void finish_lanes(const ConvolutionSpec& spec, const FinishPixels& pixels, std::int64_t c,
                                 Lanes::Float* t) noexcept {
  const std::int64_t first = pixels.first + c;
  const std::int64_t count = pixels.pixels;
  const auto scale = loaded(spec.scale.data() + first);
  for (std::int64_t p = 0; p < count; ++p) t[p] = rounded_sums(pixels, p * pixels.width + c, c) * scale;
  if (!spec.offset.empty() && spec.offset_per_pixel) {
    const float* offset = spec.offset.data() + first;
    for (std::int64_t p = 0; p < count; ++p)
      t[p] = t[p] + loaded(offset + static_cast<std::int64_t>(pixels.at[p]) * spec.output_channels);
  } else if (!spec.offset.empty()) {
    const auto offset = loaded(spec.offset.data() + first);
    for (std::int64_t p = 0; p < count; ++p) t[p] = t[p] + offset;
  }
  for (const auto& op : spec.post_ops) {
    if (!op.is_affine) {
      for (std::int64_t p = 0; p < count; ++p) t[p] = t[p] > 0.0F ? t[p] : op.slope * t[p];
      continue;
    }
    const auto shift = loaded(op.shift.data() + first);
    if (op.gain.empty()) {
      for (std::int64_t p = 0; p < count; ++p) t[p] = t[p] + shift;
      continue;
    }
    const auto gain = loaded(op.gain.data() + first);
    for (std::int64_t p = 0; p < count; ++p) t[p] = t[p] * gain + shift;
  }
}

/// Stores the first `channels` lanes of each pixel.
template <std::int64_t kSize, typename Store>
OCTOCAL_INLINE void store_lanes(const ConvolutionSpec& spec, const FinishPixels& pixels, std::int64_t c,
                                std::int64_t channels, const Lanes::Float* t, std::byte* destination,
                                Store store) noexcept {
  const std::int64_t pitch = spec.output_channels * kSize;
  std::byte* first = destination + (pixels.first + c) * kSize;
  if (channels == Lanes::kLanes) {
    for (std::int64_t p = 0; p < pixels.pixels; ++p)
      store(t[p], first + static_cast<std::int64_t>(pixels.at[p]) * pitch);
    return;
  }
  for (std::int64_t p = 0; p < pixels.pixels; ++p) {
    alignas(64) std::byte number[kSize * Lanes::kLanes];
    store(t[p], number);
    std::memcpy(first + static_cast<std::int64_t>(pixels.at[p]) * pitch, number,
                static_cast<std::size_t>(channels * kSize));
  }
}

struct StoreFloats {
  OCTOCAL_INLINE void operator()(const Lanes::Float& t, std::byte* out) const noexcept {
    *reinterpret_cast<Lanes::LooseFloat*>(out) = t;
  }
};
struct StoreU8 {
  OCTOCAL_INLINE void operator()(const Lanes::Float& t, std::byte* out) const noexcept { Lanes::round_u8(t, out); }
};
struct StoreU16 {
  OCTOCAL_INLINE void operator()(const Lanes::Float& t, std::byte* out) const noexcept { Lanes::round_u16(t, out); }
};

OCTOCAL_TARGET inline void finish_sums(const ConvolutionSpec& spec, const FinishPixels& pixels,
                                       std::byte* destination) noexcept {
  constexpr std::int64_t kLanes = Lanes::kLanes;
  const std::int64_t left = spec.output_channels - pixels.first;
  const std::int64_t channels = left < pixels.width ? left : pixels.width;
  Lanes::Float t[kMostFinishPixels];
  for (std::int64_t c = 0; c < channels; c += kLanes) {
    const std::int64_t stored = channels - c < kLanes ? channels - c : kLanes;
    finish_lanes(spec, pixels, c, t);
    if (spec.destination_element == Element::kFloat32)
      store_lanes<4>(spec, pixels, c, stored, t, destination, StoreFloats());
    else if (spec.destination_element == Element::kUint16)
      store_lanes<2>(spec, pixels, c, stored, t, destination, StoreU16());
    else
      store_lanes<1>(spec, pixels, c, stored, t, destination, StoreU8());
  }
}

/// Kernels of 1 to kMost pixels.
template <typename Vector, std::int64_t kVectors, std::size_t... kLess>
void add_point_kernels(PointKernel* to, std::index_sequence<kLess...> /*pixels less one*/) {
  ((to[kLess] = {static_cast<std::int64_t>(kLess) + 1, kVectors * Vector::kLanes,
                 Vector::kCost * kVectors * (static_cast<std::int64_t>(kLess) + 1) + static_cast<std::int64_t>(kLess) +
                     1 + kVectors + 2,
                 sum_points<Vector, static_cast<std::int64_t>(kLess) + 1, kVectors>}),
   ...);
}

template <typename Vector, std::int64_t kVectors, std::size_t kMost>
std::array<PointKernel, kMost> points_up_to() {
  static_assert(kMost <= static_cast<std::size_t>(kMostPointPixels));
  static_assert(kVectors * Vector::kLanes <= kMostPointChannels);
  std::array<PointKernel, kMost> kernels;
  add_point_kernels<Vector, kVectors>(kernels.data(), std::make_index_sequence<kMost>());
  return kernels;
}

template <std::size_t... kSizes>
auto joined_points(const std::array<PointKernel, kSizes>&... some) {
  std::array<PointKernel, (kSizes + ...)> all;
  std::size_t next = 0;
  const auto append = [&](const auto& kernels) {
    for (const auto& kernel : kernels) all[next++] = kernel;
  };
  (append(some), ...);
  return all;
}

template <typename Kernels>
PointKernels all_kernels(const char* name, const Kernels& sums) {
  return {name,
          sums,
          Lanes::kLanes,
          Words::kLanes,
          spread_window<NestedAxis>,
          spread_window<ToomAxis>,
          join_patch<NestedAxis>,
          join_patch<ToomAxis>,
          finish_sums};
}

}  // namespace
}  // namespace octocal::engine
