// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/kernels/convolution_phases.hpp"

#include <algorithm>
#include <utility>

#include "octocal/base/expect.hpp"

namespace octocal::engine {
namespace {

/// One axis of a phase: output start + spread * q sees the padded source from origin + step * q on, with these kernel
/// indices in the order of the source; several where they meet the same cell of it.
struct AxisPhase {
  std::int64_t start = 0, count = 0, first_input = 0;
  ConvolutionPhases::Taps kernels;
};

std::int64_t floor_divided(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// Output repeat * q + a meets the repeated cells a - pad_begin + k, and so the cells of which these are copies.
std::vector<AxisPhase> phases_of_repeated(const ConvolutionSpec::Axis& axis) {
  std::vector<AxisPhase> phases;
  for (std::int64_t a = 0; a < std::min(axis.repeat, axis.output); ++a) {
    AxisPhase phase;
    phase.start = a;
    phase.count = (axis.output - a + axis.repeat - 1) / axis.repeat;
    phase.first_input = floor_divided(a - axis.pad_begin, axis.repeat);
    for (std::int64_t k = 0; k < axis.kernel; ++k) {
      const auto cell =
          static_cast<std::size_t>(floor_divided(a - axis.pad_begin + k, axis.repeat) - phase.first_input);
      phase.kernels.resize(cell + 1);
      phase.kernels[cell].push_back(k);
    }
    phases.push_back(std::move(phase));
  }
  return phases;
}

std::vector<AxisPhase> phases_of_axis(const ConvolutionSpec::Axis& axis, bool transposed) {
  if (!transposed) return phases_of_repeated(axis);  // one phase where nothing is repeated
  std::vector<AxisPhase> phases;
  for (std::int64_t a = 0; a < std::min(axis.stride, axis.output); ++a) {
    AxisPhase phase;
    phase.start = a;
    phase.count = (axis.output - a + axis.stride - 1) / axis.stride;
    // Kernel index r + stride * t meets input d - t of the phase's first pixel: the largest t comes first.
    const std::int64_t r = (a + axis.pad_begin) % axis.stride;
    const std::int64_t d = (a + axis.pad_begin) / axis.stride;
    for (std::int64_t k = r; k < axis.kernel; k += axis.stride) phase.kernels.insert(phase.kernels.begin(), {k});
    phase.first_input = d + 1 - static_cast<std::int64_t>(phase.kernels.size());
    phases.push_back(std::move(phase));
  }
  return phases;
}

/// Padding that the phases of one axis need around the source, so that no tap is out of range.
std::pair<std::int64_t, std::int64_t> reach(const std::vector<AxisPhase>& phases, std::int64_t step) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  for (const auto& phase : phases) {
    low = std::min(low, phase.first_input);
    high =
        std::max(high, phase.first_input + step * (phase.count - 1) + static_cast<std::int64_t>(phase.kernels.size()));
  }
  return {low, high};
}

}  // namespace

ConvolutionPhases::ConvolutionPhases(const ConvolutionSpec& spec) {
  const std::array<ConvolutionSpec::Axis, 3> axes = {spec.z, spec.y, spec.x};
  std::array<std::vector<AxisPhase>, 3> along;
  for (std::size_t i = 0; i < 3; ++i) {
    along[i] = phases_of_axis(axes[i], spec.transposed);
    step[i] = spec.transposed ? 1 : axes[i].stride;
    spread[i] = spec.transposed ? axes[i].stride : axes[i].repeat;
    OCTOCAL_EXPECT(axes[i].repeat == 1 || (!spec.transposed && axes[i].stride == 1));
    const auto [low, high] = reach(along[i], step[i]);
    before[i] = -low;
    padded[i] = std::max(high, axes[i].input) + before[i];
  }
  for (const auto& z : along[0])
    for (const auto& y : along[1])
      for (const auto& x : along[2]) {
        Phase phase;
        const std::array<const AxisPhase*, 3> three = {&z, &y, &x};
        for (std::size_t i = 0; i < 3; ++i) {
          phase.start[i] = three[i]->start;
          phase.count[i] = three[i]->count;
          phase.origin[i] = three[i]->first_input + before[i];
          phase.kernels[i] = three[i]->kernels;
        }
        phases.push_back(std::move(phase));
      }
}

std::int32_t phase_weight(const ConvolutionSpec& spec, const ConvolutionPhases::Phase& phase, std::int64_t output,
                          std::int64_t input, const ConvolutionPhases::Axes& tap) {
  const auto indices = [&](std::size_t axis) -> const std::vector<std::int64_t>& {
    return phase.kernels[axis][static_cast<std::size_t>(tap[axis])];
  };
  std::int32_t sum = 0;
  for (const std::int64_t kz : indices(0))
    for (const std::int64_t ky : indices(1))
      for (const std::int64_t kx : indices(2)) {
        const auto plane = (output * spec.input_channels + input) * spec.z.kernel + kz;
        const auto row = plane * spec.y.kernel + ky;
        sum += spec.weights_integer[static_cast<std::size_t>(row * spec.x.kernel + kx)];
      }
  return sum;
}

}  // namespace octocal::engine
