// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/plan.hpp"
#include "octocal/engine/kernels/minimal_filter.hpp"

namespace octocal::engine {

/// Runs of pairs of neighbouring 16-bit numbers that a pixel's sum takes in, from the pixel's first number on.
struct PointRuns {
  const std::int32_t* at = nullptr;
  std::int64_t runs = 0, pairs = 0;  ///< pairs of each run
};

/// Sums of products of some pixels by some channels at one point of a filter.
///
/// | tensor  | shape                     | type  | notes                                                  |
/// |---------|---------------------------|-------|--------------------------------------------------------|
/// | values  |                           | int16 | pixel p begins at values + pixels[p]                   |
/// | weights | (runs, pairs, channels, 2) | int16 | aligned to 64 bytes                                   |
/// | sums    | (pixels, channels)        | int32 | overwritten; modulo 2^32                               |
///
///     sums[p][o] = sum over runs r, pairs i: x[2i] * w[r][i][o][0] + x[2i + 1] * w[r][i][o][1],
///     x = values + pixels[p] + runs.at[r]
///
/// Each pair is exact: no two products of it may both be (-32768)^2.
using SumPoints = void (*)(const PointRuns& runs, const std::int16_t* values, const std::int32_t* pixels,
                           const std::int16_t* weights, std::int32_t* sums) noexcept;

struct PointKernel {
  std::int64_t pixels = 1, channels = 1;
  std::int64_t cost = 1;  ///< of a pair of taps, about, in instructions
  SumPoints sum = nullptr;
};
inline constexpr std::int64_t kMostPointPixels = 12, kMostPointChannels = 48;

/// Evaluates one window of the source at all points of a filter.
///
/// | tensor | shape                      | type  | notes                                                 |
/// |--------|----------------------------|-------|-------------------------------------------------------|
/// | source | (window, window, channels) | int16 | strides row and pixel; at least kSpreadChannels      |
/// | points | (points * points, channels) | int16 | stride point                                        |
using SpreadWindow = void (*)(const std::int16_t* source, std::int64_t row, std::int64_t pixel, std::int64_t channels,
                              std::int16_t* points, std::int64_t point) noexcept;
inline constexpr std::int64_t kSpreadChannels = 16;

/// Joins the sums at all points of one patch to its outputs: (points * points, channels), stride point, to
/// (outputs * outputs, channels). Channels: a multiple of PointKernels::join_channels.
using JoinPatch = void (*)(const std::int32_t* sums, std::int64_t point, std::int64_t channels,
                           std::int32_t* outputs) noexcept;

/// What follows the sums of some pixels (formula at ConvolutionSpec).
struct FinishPixels {
  std::int64_t pixels = 0;             ///< at most kMostFinishPixels
  std::int64_t width = 1;              ///< channels of a pixel in the sums
  std::int64_t first = 0;              ///< number of the first in the convolution
  const std::int32_t* at = nullptr;    ///< of each pixel: its number in the destination
  const std::int32_t* low = nullptr;   ///< (pixels, width): sums; of a u16 source, those of its lower bytes
  const std::int32_t* high = nullptr;  ///< those of its upper bytes, or nullptr
  const double* shift = nullptr;       ///< (width): the zero point's share of a u16 source's
  const double* sums = nullptr;        ///< (pixels, width): exact sums of a u16 source, in the place of low and high
};
using FinishSums = void (*)(const ConvolutionSpec& spec, const FinishPixels& pixels, std::byte* destination) noexcept;
inline constexpr std::int64_t kMostFinishPixels = 16;
/// Numbers that FinishSums may read behind the last of a spec's scale, offset, gain and shift; they do not matter.
inline constexpr std::int64_t kFinishReads = 16;

/// All kernels of an instruction set. All of them give the same numbers.
struct PointKernels {
  const char* name = "";  ///< of the convolution, for reports
  std::span<const PointKernel> sums;
  std::int64_t join_channels = 1;    ///< the joins want a multiple of it
  std::int64_t spread_channels = 1;  ///< of a vector of the spreads
  SpreadWindow spread_nested = nullptr, spread_toom = nullptr;
  JoinPatch join_nested = nullptr, join_toom = nullptr;
  FinishSums finish = nullptr;

  SpreadWindow spread(Filter filter) const noexcept { return filter == Filter::kToom ? spread_toom : spread_nested; }
  JoinPatch join(Filter filter) const noexcept { return filter == Filter::kToom ? join_toom : join_nested; }
  /// The kernel for so many pixels by so many channels of the least cost, and that cost for a pair of taps.
  const PointKernel& kernel(Filter filter, std::int64_t pixels, std::int64_t channels) const noexcept;
  static std::int64_t cost(const PointKernel& kernel, std::int64_t pixels, std::int64_t channels) noexcept;
};

const PointKernels& point_kernels(Isa isa);

/// Each in a file of its own, compiled for that instruction set.
const PointKernels& point_kernels_portable();
#if defined(__x86_64__)
const PointKernels& point_kernels_sse2();
const PointKernels& point_kernels_avx2();
const PointKernels& point_kernels_avx512();
const PointKernels& point_kernels_avx512_vnni();
#endif

}  // namespace octocal::engine
