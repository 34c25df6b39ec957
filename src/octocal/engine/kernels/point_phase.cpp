// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/point_phase.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>

#include "octocal/base/expect.hpp"

namespace octocal::engine {
namespace {

std::int64_t divided_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Largest size of a point's weight, for a largest weight of one.
std::int64_t most_at_points(Filter filter) {
  const auto shape = shape_of(filter);
  const auto matrix = weights_at_points(filter);
  std::int64_t most = 0;
  for (std::size_t p = 0; p < static_cast<std::size_t>(shape.points); ++p) {
    std::int64_t sum = 0;
    for (std::size_t t = 0; t < static_cast<std::size_t>(shape.taps); ++t)
      sum += std::abs(matrix[p * static_cast<std::size_t>(shape.taps) + t]);
    most = std::max(most, sum);
  }
  return most * most;
}

/// Whether a block whose first `taps` taps are there has a weight at this point.
bool meets(Filter filter, std::int64_t point, std::int64_t taps) {
  const auto shape = shape_of(filter);
  const auto* row = weights_at_points(filter).data() + point * shape.taps;
  return std::any_of(row, row + std::min(taps, shape.taps), [](std::int8_t factor) { return factor != 0; });
}

/// All weights of the phase: (oc, ic, z, y, x).
std::vector<std::int32_t> weights_of(const ConvolutionSpec& spec, const ConvolutionPhases::Phase& from) {
  std::vector<std::int32_t> weights;
  weights.reserve(spec.weights_integer.size());
  for (std::int64_t o = 0; o < spec.output_channels; ++o)
    for (std::int64_t i = 0; i < spec.input_channels; ++i)
      for (std::int64_t z = 0; z < from.taps(0); ++z)
        for (std::int64_t y = 0; y < from.taps(1); ++y)
          for (std::int64_t x = 0; x < from.taps(2); ++x) weights.push_back(phase_weight(spec, from, o, i, {z, y, x}));
  return weights;
}

/// Weights at the points of one filter: (points, points) of a block of (taps, taps).
void spread_weights(const FilterShape& shape, std::span<const std::int8_t> matrix, const std::int32_t* block,
                    std::int32_t* rows, std::int32_t* out) {
  for (std::int64_t p = 0; p < shape.points; ++p)
    for (std::int64_t x = 0; x < shape.taps; ++x) {
      std::int32_t sum = 0;
      for (std::int64_t y = 0; y < shape.taps; ++y)
        sum += matrix[static_cast<std::size_t>(p * shape.taps + y)] * block[y * shape.taps + x];
      rows[p * shape.taps + x] = sum;
    }
  for (std::int64_t p = 0; p < shape.points; ++p)
    for (std::int64_t q = 0; q < shape.points; ++q) {
      std::int32_t sum = 0;
      for (std::int64_t x = 0; x < shape.taps; ++x)
        sum += matrix[static_cast<std::size_t>(q * shape.taps + x)] * rows[p * shape.taps + x];
      out[p * shape.points + q] = sum;
    }
}

}  // namespace

bool allows_filter(const ConvolutionSpec& spec, const ConvolutionPhases& all, const ConvolutionPhases::Phase& phase,
                   Filter filter) {
  if (filter == Filter::kDirect) return true;
  if (phase.count[0] != 1 || phase.taps(0) != 1 || all.step[1] != 1 || all.step[2] != 1) return false;
  if (phase.count[1] * phase.count[2] * phase.taps(1) * phase.taps(2) == 0) return false;
  if (spec.input_channels < kSpreadChannels - 1) return false;
  const auto weights = weights_of(spec, phase);
  const auto per_output = static_cast<std::int64_t>(weights.size()) / spec.output_channels;
  std::int64_t largest = 0;
  std::int64_t sum = 0;
  for (std::int64_t o = 0; o < spec.output_channels; ++o) {
    std::int64_t its = 0;
    for (std::int64_t k = o * per_output; k < (o + 1) * per_output; ++k) {
      const std::int64_t size = std::abs(std::int64_t{weights[static_cast<std::size_t>(k)]});
      largest = std::max(largest, size);
      its += size;
    }
    sum = std::max(sum, its);
  }
  return largest * most_at_points(filter) <= std::numeric_limits<std::int16_t>::max() && sum * 255 <= most_sum(filter);
}

PointPhase laid_out(const ConvolutionSpec& spec, const ConvolutionPhases& all, const ConvolutionPhases::Phase& from,
                    Filter filter, std::int64_t bands, const PointKernels& kernels) {
  PointPhase phase;
  phase.start = from.start;
  phase.count = from.count;
  phase.origin = from.origin;
  phase.step = all.step;
  for (std::size_t i = 0; i < 3; ++i) phase.taps[i] = from.taps(i);
  phase.filter = filter;
  phase.shape = shape_of(filter);
  phase.images = spec.source_element == Element::kUint16 ? 2 : 1;
  phase.channels = divided_up(spec.input_channels, 2) * 2;
  phase.output_channels = spec.output_channels;
  if (filter == Filter::kDirect) {
    phase.all_rows = phase.rows = 1;
    phase.columns = phase.count[0] * phase.count[1] * phase.count[2];
    phase.pairs = phase.taps[2] * phase.channels / 2;
    phase.points = {{0, phase.taps[0] * phase.taps[1], 0}};
    for (std::int64_t z = 0; z < phase.taps[0]; ++z)
      for (std::int64_t y = 0; y < phase.taps[1]; ++y) phase.blocks.push_back({z, y, 0});
    phase.kernel = kernels.kernel(filter, phase.patches(), phase.output_channels);
    return phase;
  }
  const auto& shape = phase.shape;
  phase.all_rows = divided_up(phase.count[1], shape.outputs);
  phase.rows = divided_up(phase.all_rows, bands);
  phase.bands = divided_up(phase.all_rows, phase.rows);
  phase.columns = divided_up(phase.count[2], shape.outputs);
  phase.pairs = phase.channels / 2;
  const std::int64_t down = divided_up(phase.taps[1], shape.taps);
  const std::int64_t across = divided_up(phase.taps[2], shape.taps);
  const bool shared = shape.shares_windows();
  phase.sets = shared ? 1 : down * across;
  phase.set_rows = phase.rows + (shared ? down - 1 : 0);
  phase.set_columns = phase.columns + (shared ? across - 1 : 0);
  for (std::int64_t p = 0; p < shape.points; ++p)
    for (std::int64_t q = 0; q < shape.points; ++q) {
      PointPhase::Point point;
      point.first_run = phase.blocks.size();
      for (std::int64_t y = 0; y < down; ++y)
        for (std::int64_t x = 0; x < across; ++x)
          if (meets(filter, p, phase.taps[1] - y * shape.taps) && meets(filter, q, phase.taps[2] - x * shape.taps))
            phase.blocks.push_back({0, y, x});
      point.runs = static_cast<std::int64_t>(phase.blocks.size() - point.first_run);
      phase.points.push_back(point);
    }
  phase.kernel = kernels.kernel(filter, phase.patches() * phase.images, phase.output_channels);
  return phase;
}

std::int64_t PointPhase::cost(const PointKernels& kernels) const noexcept {
  const std::int64_t several = patches() * images;
  const auto all_runs = static_cast<std::int64_t>(blocks.size());
  const std::int64_t tiles = divided_up(several, kernel.pixels) * channel_blocks();
  std::int64_t sum = all_runs * pairs * PointKernels::cost(kernel, several, output_channels);
  sum += tiles * (all_runs * 3 * kernel.pixels + static_cast<std::int64_t>(points.size()) * 20);
  if (filter == Filter::kDirect) return sum;
  // Measured, in terms of the products' instructions: a vector at a point is loaded, added some times and stored; a
  // cache line of values or weights comes for every block of channels from the second level, or from the third.
  constexpr std::int64_t kSpread = 14, kJoin = 14, kNearLine = 4, kFarLine = 16, kNear = 768 << 10;
  const auto all_points = static_cast<std::int64_t>(points.size());
  sum += images * sets * set_rows * set_columns * divided_up(channels, kernels.spread_channels) * all_points * kSpread;
  sum += several * channel_blocks() * (kernel.channels / kernels.join_channels) * all_points * kJoin;
  const std::int64_t value_bytes = images * image_stride() * 2;
  const std::int64_t weight_bytes = channel_blocks() * all_runs * pairs * kernel.channels * 4;
  sum += channel_blocks() * value_bytes / 64 * (value_bytes <= kNear ? kNearLine : kFarLine);
  sum += weight_bytes / 64 * (value_bytes + weight_bytes <= kNear ? kNearLine : kFarLine);
  sum *= bands;
  return sum;
}

PointPhase::Axes padded_by(const PointPhase& phase) noexcept {
  PointPhase::Axes reach{};
  if (phase.filter == Filter::kDirect) return reach;
  const auto& shape = phase.shape;
  const std::array<std::int64_t, 3> patches = {1, phase.all_rows, phase.columns};
  for (std::size_t i = 1; i < 3; ++i)
    reach[i] = phase.origin[i] + shape.outputs * (patches[i] - 1) +
               shape.taps * (divided_up(phase.taps[i], shape.taps) - 1) + shape.window();
  return reach;
}

void place(PointPhase& phase, const ConvolutionSpec& spec, const PointPhase::Axes& padded,
           const PointPhase::Axes& spread) {
  const auto number = [](std::int64_t at) {
    OCTOCAL_EXPECT(at >= 0 && at <= std::numeric_limits<std::int32_t>::max());
    return static_cast<std::int32_t>(at);
  };
  if (phase.filter == Filter::kDirect) {
    const auto at = [&](std::int64_t z, std::int64_t y, std::int64_t x) {
      return ((z * padded[1] + y) * padded[2] + x) * phase.channels;
    };
    for (const auto& run : phase.blocks) phase.runs.push_back(number(at(run[0], run[1], 0)));
    for (std::int64_t z = 0; z < phase.count[0]; ++z)
      for (std::int64_t y = 0; y < phase.count[1]; ++y)
        for (std::int64_t x = 0; x < phase.count[2]; ++x) {
          phase.pixels.push_back(number(at(phase.origin[0] + z * phase.step[0], phase.origin[1] + y * phase.step[1],
                                           phase.origin[2] + x * phase.step[2])));
          const std::int64_t row = (phase.start[0] + z * spread[0]) * spec.y.output + phase.start[1] + y * spread[1];
          phase.destinations.push_back(number(row * spec.x.output + phase.start[2] + x * spread[2]));
        }
    return;
  }
  const std::int64_t across = divided_up(phase.taps[2], phase.shape.taps);
  for (const auto& run : phase.blocks)
    phase.runs.push_back(number(phase.shape.shares_windows()
                                    ? (run[1] * phase.set_columns + run[2]) * phase.channels
                                    : (run[1] * across + run[2]) * static_cast<std::int64_t>(phase.points.size()) *
                                          phase.point_stride()));
  for (std::int64_t image = 0; image < phase.images; ++image)
    for (std::int64_t y = 0; y < phase.rows; ++y)
      for (std::int64_t x = 0; x < phase.columns; ++x)
        phase.pixels.push_back(number(image * phase.image_stride() + (y * phase.set_columns + x) * phase.channels));
}

void pack(PointPhase& phase, const ConvolutionSpec& spec, const ConvolutionPhases::Phase& from) {
  const auto weights = weights_of(spec, from);
  const auto& shape = phase.shape;
  const std::int64_t plane = phase.taps[1] * phase.taps[2];
  const std::int64_t all_taps = phase.taps[0] * plane;
  const std::int64_t width = phase.kernel.channels;
  if (phase.images > 1) {
    phase.shift.assign(static_cast<std::size_t>(spec.output_channels + kFinishReads), 0);
    for (std::size_t i = 0; i < weights.size(); ++i)
      phase.shift[i / static_cast<std::size_t>(all_taps * spec.input_channels)] +=
          static_cast<double>(spec.source_zero_point) * weights[i];
  }
  for (auto& point : phase.points) {
    point.weights = phase.block_weights;
    phase.block_weights += point.runs * phase.pairs * 2 * width;
  }
  phase.weights = AlignedBuffer<std::int16_t>(static_cast<std::size_t>(phase.channel_blocks() * phase.block_weights));
  const auto store = [&](std::int64_t o, std::size_t point, std::int64_t run, std::int64_t i, std::int32_t weight) {
    OCTOCAL_EXPECT(std::abs(weight) <= std::numeric_limits<std::int16_t>::max());
    const std::int64_t at = o / width * phase.block_weights + phase.points[point].weights +
                            ((run * phase.pairs + i / 2) * width + o % width) * 2 + i % 2;
    phase.weights[static_cast<std::size_t>(at)] = static_cast<std::int16_t>(weight);
  };
  const auto matrix = weights_at_points(phase.filter);
  const auto points = static_cast<std::size_t>(shape.points * shape.points);
  std::vector<std::int32_t> block(static_cast<std::size_t>(shape.taps * shape.taps));
  std::vector<std::int32_t> rows(static_cast<std::size_t>(shape.points * shape.taps));
  std::vector<std::int32_t> at_points(points);
  const std::int64_t down = divided_up(phase.taps[1], shape.taps);
  const std::int64_t across = divided_up(phase.taps[2], shape.taps);
  for (std::int64_t o = 0; o < spec.output_channels; ++o)
    for (std::int64_t i = 0; i < spec.input_channels; ++i) {
      const std::int32_t* taps = weights.data() + (o * spec.input_channels + i) * all_taps;
      if (phase.filter == Filter::kDirect) {
        for (std::int64_t run = 0; run < phase.points[0].runs; ++run)
          for (std::int64_t x = 0; x < phase.taps[2]; ++x)
            store(o, 0, run, x * phase.channels + i, taps[run * phase.taps[2] + x]);
        continue;
      }
      for (std::int64_t y = 0; y < down; ++y)
        for (std::int64_t x = 0; x < across; ++x) {
          std::fill(block.begin(), block.end(), 0);
          for (std::int64_t ky = 0; ky < std::min(shape.taps, phase.taps[1] - y * shape.taps); ++ky)
            for (std::int64_t kx = 0; kx < std::min(shape.taps, phase.taps[2] - x * shape.taps); ++kx)
              block[static_cast<std::size_t>(ky * shape.taps + kx)] =
                  taps[(y * shape.taps + ky) * phase.taps[2] + x * shape.taps + kx];
          spread_weights(shape, matrix, block.data(), rows.data(), at_points.data());
          for (std::size_t p = 0; p < points; ++p) {
            const auto& point = phase.points[p];
            for (std::int64_t run = 0; run < point.runs; ++run) {
              const auto& its = phase.blocks[point.first_run + static_cast<std::size_t>(run)];
              if (its[1] == y && its[2] == x) store(o, p, run, i, at_points[p]);
            }
          }
        }
    }
}

}  // namespace octocal::engine
