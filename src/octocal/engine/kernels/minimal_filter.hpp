// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>

namespace octocal::engine {

/// How a convolution of integers along the two axes of an image is made with fewer products (minimal filtering:
/// Karatsuba, Toom and Cook, Winograd). Outputs are made in patches of `outputs` x `outputs` from a window of the source;
/// window and weights are each evaluated at `points` x `points`, multiplied point by point, added up over channels, and
/// the sums joined to outputs. A kernel of more taps is cut into blocks of `taps`.
///
///     out = join(sum over channels and blocks of spread(window) * weights at the points)
///
/// All three maps have whole numbers. Sums may leave int32 on the way: everything is arithmetic modulo 2^32, and what
/// comes out is right modulo 2^32, that is exact, since the sums of a convolution of u8 fit int32.
///
/// | filter | outputs | taps | points | products a tap and output | divides by |
/// |--------|---------|------|--------|---------------------------|------------|
/// | direct | 1       | 1    | 1      | 1                         | 1          |
/// | nested | 4       | 4    | 9      | 81 / 256                  | 1          |
/// | toom   | 4       | 3    | 6      | 36 / 144                  | 576        |
///
/// `nested` is Karatsuba's y0 = (d0 - d1) g0 + d1 (g0 + g1), y1 = d1 (g0 + g1) + (d2 - d1) g1 within itself. `toom`
/// evaluates at 0, 1, -1, 2, -2 and infinity; its join is 64 * 9 times the outputs: nine has a reciprocal modulo 2^32,
/// and for 64 the outputs must have 26 bits.
enum class Filter { kDirect, kNested, kToom };

/// Along one axis.
struct FilterShape {
  std::int64_t outputs = 1, taps = 1, points = 1;

  std::int64_t window() const noexcept { return outputs + taps - 1; }
  /// Windows of neighbouring blocks are windows of neighbouring patches, so that one evaluation serves both.
  bool shares_windows() const noexcept { return outputs == taps; }
};

FilterShape shape_of(Filter filter) noexcept;
const char* name_of(Filter filter) noexcept;  ///< "", " nested", " toom": behind a kernel's name

/// (points, taps): the weights of a block, from tap to point.
std::span<const std::int8_t> weights_at_points(Filter filter) noexcept;

/// Largest size of a spread u8 window's numbers, in units of the source's largest number (255): products of 16-bit
/// numbers are exact if sources and weights at the points fit them.
inline constexpr std::int64_t kMostSpread = 68;  // of toom: 8 * 8 + 2 * 2; nested has 8
static_assert(kMostSpread * 255 <= 32767);

/// Largest size of a sum that `filter` gives back exactly.
std::int64_t most_sum(Filter filter) noexcept;

}  // namespace octocal::engine
