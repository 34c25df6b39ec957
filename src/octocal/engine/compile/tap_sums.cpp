// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/tap_sums.hpp"

#include <array>
#include <utility>

namespace octocal::engine {
namespace {

using Kernels = std::vector<std::int64_t>;

/// Each tap's weights summed over the input channels: (kernel, oc).
std::vector<std::int64_t> sums_of_taps(const ConvolutionSpec& spec) {
  const auto channels = static_cast<std::size_t>(spec.output_channels);
  const auto inputs = static_cast<std::size_t>(spec.input_channels / spec.groups);
  const auto taps = static_cast<std::size_t>(spec.z.kernel * spec.y.kernel * spec.x.kernel);
  std::vector<std::int64_t> sums(taps * channels, 0);
  const auto* weight = spec.weights_integer.data();
  for (std::size_t o = 0; o < channels; ++o)
    for (std::size_t i = 0; i < inputs; ++i)
      for (std::size_t tap = 0; tap < taps; ++tap) sums[tap * channels + o] += *weight++;
  return sums;
}

std::vector<std::int64_t> sum_over(const ConvolutionSpec& spec, const std::vector<std::int64_t>& taps,
                                   const Kernels& planes, const Kernels& rows, const Kernels& columns) {
  const auto channels = static_cast<std::size_t>(spec.output_channels);
  std::vector<std::int64_t> sums(channels, 0);
  for (const std::int64_t kz : planes)
    for (const std::int64_t ky : rows)
      for (const std::int64_t kx : columns) {
        const auto tap = static_cast<std::size_t>((kz * spec.y.kernel + ky) * spec.x.kernel + kx);
        for (std::size_t o = 0; o < channels; ++o) sums[o] += taps[tap * channels + o];
      }
  return sums;
}

std::vector<Kernels> kernels_inside(const ConvolutionSpec::Axis& axis, bool transposed) {
  std::vector<Kernels> all;
  for (std::int64_t output = 0; output < axis.output; ++output) {
    Kernels inside;
    for (const auto& tap : taps_inside(axis, transposed, output)) inside.push_back(tap.kernel);
    all.push_back(std::move(inside));
  }
  return all;
}

}  // namespace

std::vector<Tap> taps_inside(const ConvolutionSpec::Axis& axis, bool transposed, std::int64_t output) {
  std::vector<Tap> taps;
  for (std::int64_t k = 0; k < axis.kernel; ++k) {
    if (transposed) {
      const std::int64_t scaled = output + axis.pad_begin - k * axis.dilation;
      if (scaled < 0 || scaled % axis.stride != 0 || scaled / axis.stride >= axis.input) continue;
      taps.push_back({k, scaled / axis.stride});
    } else {
      const std::int64_t input = output * axis.stride - axis.pad_begin + k * axis.dilation;
      if (input >= 0 && input < axis.input * axis.repeat) taps.push_back({k, input});
    }
  }
  return taps;
}

TapSums sum_taps(const ConvolutionSpec& spec) {
  const auto planes = kernels_inside(spec.z, spec.transposed);
  const auto rows = kernels_inside(spec.y, spec.transposed);
  const auto columns = kernels_inside(spec.x, spec.transposed);
  const auto taps = sums_of_taps(spec);
  TapSums sums;
  std::map<std::array<Kernels, 3>, std::size_t> known;
  for (const auto& plane : planes)
    for (const auto& row : rows)
      for (const auto& column : columns) {
        const auto [entry, is_new] = known.try_emplace({plane, row, column}, sums.distinct.size());
        if (is_new) sums.distinct.push_back(sum_over(spec, taps, plane, row, column));
        sums.pixel.push_back(entry->second);
      }
  sums.same_everywhere = sums.distinct.size() == 1;
  return sums;
}

}  // namespace octocal::engine
