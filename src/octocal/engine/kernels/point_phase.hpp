// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "octocal/base/aligned_buffer.hpp"
#include "octocal/engine/kernels/convolution_phases.hpp"
#include "octocal/engine/kernels/point_kernels.hpp"

namespace octocal::engine {

/// One phase of a ConvolutionPoints: what its loops need.
///
/// | tensor  | shape                                                              | type  |
/// |---------|--------------------------------------------------------------------|-------|
/// | points  | (images, sets, points * points, set rows, set columns, channels)   | int16 |
/// | sums    | (points * points, images, patches, kernel.channels)                | int32 |
/// | weights | (blocks of channels, points, runs, pairs, kernel.channels, 2)      | int16 |
///
/// Direct: one point, whose values are the padded source; each output pixel is a patch. Else a set holds the windows
/// that belong to one block of taps; one set serves all blocks if the filter shares windows. Patches are made in bands
/// of so many rows that the points of one stay in the second-level cache; the last band begins earlier if it must.
struct PointPhase {
  using Axes = ConvolutionPhases::Axes;
  struct Point {
    std::size_t first_run = 0;
    std::int64_t runs = 0;
    std::int64_t weights = 0;  ///< where they begin in those of a block of channels
  };
  /// Of a run: taps of a direct filter's row (z, y, x), or the block of taps (0, y, x).
  using Run = Axes;

  Axes start{}, count{}, origin{}, taps{}, step{};
  Filter filter = Filter::kDirect;
  FilterShape shape;
  PointKernel kernel;
  std::int64_t images = 1, channels = 0, output_channels = 0;
  std::int64_t all_rows = 0, bands = 1;                  ///< rows of patches, and of bands
  std::int64_t rows = 0, columns = 0;                    ///< patches of a band; direct: all pixels are one row
  std::int64_t sets = 1, set_rows = 0, set_columns = 0;  ///< windows
  std::int64_t pairs = 0;                                ///< of a run
  std::vector<Point> points;
  std::vector<Run> blocks;                 ///< what each run is
  std::vector<std::int32_t> runs;          ///< where each begins, from a patch's beginning
  std::vector<std::int32_t> pixels;        ///< where each patch of a band begins, image by image
  std::vector<std::int32_t> destinations;  ///< numbers of the output pixels; direct only
  std::int64_t block_weights = 0;          ///< numbers of a block of channels
  AlignedBuffer<std::int16_t> weights;
  std::vector<double> shift;  ///< (output channels and more): what a u16 source's zero point adds

  std::int64_t patches() const noexcept { return rows * columns; }
  std::int64_t channel_blocks() const noexcept { return (output_channels + kernel.channels - 1) / kernel.channels; }
  /// Numbers from one point's values to the next, and from one point's sums to the next: odd numbers of cache lines, so
  /// that a window's points do not all fall on one set of the cache.
  std::int64_t point_stride() const noexcept { return odd_lines(set_rows * set_columns * channels * 2) / 2; }
  std::int64_t sum_stride() const noexcept { return odd_lines(images * patches() * kernel.channels * 4) / 4; }
  std::int64_t image_stride() const noexcept {
    return sets * static_cast<std::int64_t>(points.size()) * point_stride();
  }
  /// Work of a run, about, in vector instructions.
  std::int64_t cost(const PointKernels& kernels) const noexcept;

 private:
  static std::int64_t odd_lines(std::int64_t bytes) noexcept { return ((bytes + 63) / 64 | 1) * 64; }
};

/// True if the phase may have this filter: one plane, no stride, channels enough for a vector, and numbers that stay in
/// 16 bits at the points and in those bits that the filter gives back.
bool allows_filter(const ConvolutionSpec& spec, const ConvolutionPhases& all, const ConvolutionPhases::Phase& phase,
                   Filter filter);

/// The phase without places and weights, in so many bands (direct: one).
PointPhase laid_out(const ConvolutionSpec& spec, const ConvolutionPhases& all, const ConvolutionPhases::Phase& from,
                    Filter filter, std::int64_t bands, const PointKernels& kernels);

/// Rows and columns of the padded source that the phase reaches.
PointPhase::Axes padded_by(const PointPhase& phase) noexcept;

/// Sets pixels, destinations and runs for a padded source of this size.
void place(PointPhase& phase, const ConvolutionSpec& spec, const PointPhase::Axes& padded,
           const PointPhase::Axes& spread);

/// Sets the weights. Precondition: spec still has its own.
void pack(PointPhase& phase, const ConvolutionSpec& spec, const ConvolutionPhases::Phase& from);

}  // namespace octocal::engine
