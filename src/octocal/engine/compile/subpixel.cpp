// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/subpixel.hpp"

#include <algorithm>

#include "octocal/base/expect.hpp"

namespace octocal::engine {
namespace {

/// One axis of a phase: output a + stride * q = sum over j of input q - pad_begin + j, kernel index kernel_of[j].
struct PhaseAxis {
  ConvolutionSpec::Axis axis;
  std::vector<std::int64_t> kernel_of;  ///< -1: no tap, the weight is zero
  std::int64_t start = 0;               ///< a
  std::int64_t used = 0;                ///< outputs that belong to the image
};

std::vector<PhaseAxis> phases_along(const ConvolutionSpec::Axis& whole) {
  std::vector<PhaseAxis> phases;
  for (std::int64_t a = 0; a < std::min(whole.stride, whole.output); ++a) {
    PhaseAxis phase;
    phase.start = a;
    phase.used = (whole.output - a + whole.stride - 1) / whole.stride;
    // Kernel index r + stride * t meets input q + d - t.
    const std::int64_t r = (a + whole.pad_begin) % whole.stride;
    const std::int64_t d = (a + whole.pad_begin) / whole.stride;
    const std::int64_t real_taps = r < whole.kernel ? (whole.kernel - r - 1) / whole.stride + 1 : 0;
    const std::int64_t taps = std::max(real_taps, d + 1);  // at least d + 1, so that the padding is not negative
    for (std::int64_t j = 0; j < taps; ++j) {
      const std::int64_t t = taps - 1 - j;
      phase.kernel_of.push_back(t < real_taps ? r + whole.stride * t : -1);
    }
    phase.axis.input = whole.input;
    phase.axis.kernel = taps;
    phase.axis.pad_begin = taps - 1 - d;
    // At least as many outputs as the input without padding behind it gives: oneDNN wants no negative padding.
    phase.axis.output = std::max(phase.used, whole.input + phase.axis.pad_begin - taps + 1);
    phases.push_back(std::move(phase));
  }
  return phases;
}

std::vector<float> phase_weights(const ConvolutionSpec& whole, const PhaseAxis& z, const PhaseAxis& y,
                                 const PhaseAxis& x) {
  std::vector<float> weights;
  for (std::int64_t channel = 0; channel < whole.output_channels * whole.input_channels; ++channel)
    for (const std::int64_t kz : z.kernel_of)
      for (const std::int64_t ky : y.kernel_of)
        for (const std::int64_t kx : x.kernel_of) {
          const auto index = ((channel * whole.z.kernel + kz) * whole.y.kernel + ky) * whole.x.kernel + kx;
          const bool no_tap = kz < 0 || ky < 0 || kx < 0;
          weights.push_back(no_tap ? 0.0F : whole.weights_float32[static_cast<std::size_t>(index)]);
        }
  return weights;
}

}  // namespace

std::vector<SubpixelPhase> subpixel_phases(const ConvolutionSpec& spec) {
  OCTOCAL_EXPECT(spec.transposed && !is_integer(spec.source_element) && spec.groups == 1);
  OCTOCAL_EXPECT(spec.z.dilation == 1 && spec.y.dilation == 1 && spec.x.dilation == 1);
  std::vector<SubpixelPhase> phases;
  const auto rows = phases_along(spec.y);
  const auto columns = phases_along(spec.x);
  const std::int64_t channels = spec.output_channels;
  const std::int64_t row = spec.x.output * channels;
  const std::int64_t plane = spec.y.output * row;
  for (const auto& z : phases_along(spec.z))
    for (const auto& y : rows)
      for (const auto& x : columns) {
        SubpixelPhase phase;
        phase.convolution = spec;
        phase.convolution.transposed = false;
        phase.convolution.z = z.axis;
        phase.convolution.y = y.axis;
        phase.convolution.x = x.axis;
        phase.convolution.weights_float32 = phase_weights(spec, z, y, x);
        phase.scatter.dims = {1, 1, 1, 1, z.used, y.used, x.used, channels};
        phase.scatter.source_strides = {
            0, 0, 0, 0, y.axis.output * x.axis.output * channels, x.axis.output * channels, channels, 1};
        phase.scatter.destination_strides = {
            0, 0, 0, 0, spec.z.stride * plane, spec.y.stride * row, spec.x.stride * channels, 1};
        phase.scatter.destination_start = z.start * plane + y.start * row + x.start * channels;
        phases.push_back(std::move(phase));
      }
  return phases;
}

}  // namespace octocal::engine
