// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/phase_convolution.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace octocal::quant {
namespace {

/// One axis: output pixel stride * j + phase is met by input pixel j + shift through tap phase + crop - stride * shift.
struct PhaseAxis {
  std::int64_t stride, kernel, crop, first_shift, shifts, pad_end, pixels;

  PhaseAxis(const model::ConvolutionGeometry& geometry, std::size_t axis)
      : stride(geometry.stride[axis]), kernel(geometry.kernel[axis]), crop(geometry.pad_begin[axis]) {
    // Phase 0 sees the earliest input pixel, by its last tap; the last phase the latest, by its first.
    const auto floor_div = [](std::int64_t a, std::int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); };
    first_shift = std::min<std::int64_t>(0, -floor_div(kernel - 1 - crop, stride));
    const auto last_shift = std::max(first_shift, floor_div(stride - 1 + crop, stride));
    shifts = last_shift - first_shift + 1;
    const auto input = geometry.input[axis];
    const auto wanted = (geometry.output[axis] + stride - 1) / stride;
    // input - first_shift + pad_end - shifts + 1 pixels
    pad_end = std::max<std::int64_t>(0, wanted - input + first_shift + shifts - 1);
    pixels = input - first_shift + pad_end - shifts + 1;
  }

  /// -1 for a shift by which the phase sees nothing.
  std::int64_t tap(std::int64_t phase, std::int64_t shift) const {
    const auto at = phase + crop - stride * (first_shift + shift);
    return at >= 0 && at < kernel ? at : -1;
  }
};

}  // namespace

PhaseConvolution phase_convolution(const model::ConvolutionGeometry& geometry, const model::Tensor& weight) {
  std::vector<PhaseAxis> axes;  // always three, the leading ones of one pixel for fewer
  for (std::size_t axis = 0; axis < 3; ++axis) axes.emplace_back(geometry, axis);
  const auto channels = geometry.output_channels;
  const auto inputs = geometry.input_channels;
  const auto phases = axes[0].stride * axes[1].stride * axes[2].stride;
  const auto taps = axes[0].shifts * axes[1].shifts * axes[2].shifts;
  const auto from = weight.as<std::int8_t>();
  std::vector<std::int8_t> to(static_cast<std::size_t>(channels * phases * inputs * taps), 0);
  std::size_t next = 0;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t phase = 0; phase < phases; ++phase)
      for (std::int64_t i = 0; i < inputs; ++i)
        for (std::int64_t tap = 0; tap < taps; ++tap, ++next) {
          const auto z =
              axes[0].tap(phase / (axes[1].stride * axes[2].stride), tap / (axes[1].shifts * axes[2].shifts));
          const auto y = axes[1].tap(phase / axes[2].stride % axes[1].stride, tap / axes[2].shifts % axes[1].shifts);
          const auto x = axes[2].tap(phase % axes[2].stride, tap % axes[2].shifts);
          if (z < 0 || y < 0 || x < 0) continue;
          to[next] = from[static_cast<std::size_t>(
              (((i * channels + c) * axes[0].kernel + z) * axes[1].kernel + y) * axes[2].kernel + x)];
        }

  PhaseConvolution result;
  const auto rank = static_cast<std::int64_t>(geometry.spatial_rank);
  axes.erase(axes.begin(), axes.end() - rank);
  model::Shape shape{channels * phases, inputs};
  result.phases = phases;
  result.apart = result.together = {-1, channels};
  result.order = {0, 1};
  for (std::int64_t a = 0; a < rank; ++a) {
    const auto& axis = axes[static_cast<std::size_t>(a)];
    shape.push_back(axis.shifts);
    result.pads.push_back(-axis.first_shift);
    result.apart.push_back(axis.stride);
    result.order.insert(result.order.end(), {2 + rank + a, 2 + a});
    result.together.push_back(axis.stride * axis.pixels);
    result.output.push_back(geometry.output[3 - geometry.spatial_rank + static_cast<std::size_t>(a)]);
  }
  for (const auto& axis : axes) {
    result.pads.push_back(axis.pad_end);
    result.apart.push_back(axis.pixels);
  }
  result.weight = model::make_tensor(model::DataType::kInt8, shape, std::span<const std::int8_t>(to));
  return result;
}

}  // namespace octocal::quant
