// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/input_rows.hpp"

#include "octocal/base/expect.hpp"

namespace octocal::quant {
namespace {

std::size_t product(const model::ConvolutionGeometry::Axes& axes) {
  return static_cast<std::size_t>(axes[0] * axes[1] * axes[2]);
}

}  // namespace

InputRows::InputRows(const model::ConvolutionGeometry& geometry)
    : geometry_(geometry),
      channels_(static_cast<std::size_t>(geometry.input_channels)),
      taps_(product(geometry.kernel)),
      pixels_(product(geometry.output)),
      cells_(product(geometry.input)) {
  OCTOCAL_EXPECT(geometry.groups == 1);
}

std::int64_t InputRows::met(std::size_t pixel, std::size_t tap) const {
  const auto& g = geometry_;
  auto rest_of_pixel = static_cast<std::int64_t>(pixel);
  auto rest_of_tap = static_cast<std::int64_t>(tap);
  std::int64_t cell = 0;
  std::int64_t step = 1;  // cells from one to the next along the axis
  for (std::size_t axis = 3; axis-- > 0;) {
    const std::int64_t at = rest_of_pixel % g.output[axis];
    const std::int64_t shift = rest_of_tap % g.kernel[axis] * g.dilation[axis] - g.pad_begin[axis];
    rest_of_pixel /= g.output[axis];
    rest_of_tap /= g.kernel[axis];
    std::int64_t from = at * g.stride[axis] + shift;
    if (g.transposed) {
      from = at - shift;
      if (from % g.stride[axis] != 0) return -1;
      from /= g.stride[axis];
    }
    if (from < 0 || from >= g.input[axis]) return -1;
    cell += from * step;
    step *= g.input[axis];
  }
  return cell;
}

void InputRows::gather(std::span<const float> input, std::size_t pixel, std::span<float> row) const {
  OCTOCAL_EXPECT(input.size() == channels_ * cells_ && row.size() == size() && pixel < pixels_);
  for (std::size_t tap = 0; tap < taps_; ++tap) {
    const auto cell = met(pixel, tap);
    for (std::size_t channel = 0; channel < channels_; ++channel)
      row[channel * taps_ + tap] = cell < 0 ? 0.0F : input[channel * cells_ + static_cast<std::size_t>(cell)];
  }
}

}  // namespace octocal::quant
