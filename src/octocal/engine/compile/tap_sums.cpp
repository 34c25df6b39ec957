// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/tap_sums.hpp"

#include <array>
#include <utility>

namespace octocal::engine {
namespace {

using Kernels = std::vector<std::int64_t>;

std::vector<std::int64_t> sum_over(const ConvolutionSpec& spec, const Kernels& planes, const Kernels& rows,
                                   const Kernels& columns) {
  const auto channels = static_cast<std::size_t>(spec.output_channels);
  const std::int64_t inputs = spec.input_channels / spec.groups;
  std::vector<std::int64_t> sums(channels, 0);
  for (std::size_t o = 0; o < channels; ++o)
    for (std::int64_t i = 0; i < inputs; ++i)
      for (const std::int64_t kz : planes)
        for (const std::int64_t ky : rows)
          for (const std::int64_t kx : columns) {
            const auto plane = (static_cast<std::int64_t>(o) * inputs + i) * spec.z.kernel + kz;
            const auto row = plane * spec.y.kernel + ky;
            sums[o] += spec.weights_integer[static_cast<std::size_t>(row * spec.x.kernel + kx)];
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
  TapSums sums;
  std::map<std::array<Kernels, 3>, std::size_t> known;
  for (const auto& plane : planes)
    for (const auto& row : rows)
      for (const auto& column : columns) {
        const auto [entry, is_new] = known.try_emplace({plane, row, column}, sums.distinct.size());
        if (is_new) sums.distinct.push_back(sum_over(spec, plane, row, column));
        sums.pixel.push_back(entry->second);
      }
  sums.same_everywhere = sums.distinct.size() == 1;
  return sums;
}

}  // namespace octocal::engine
