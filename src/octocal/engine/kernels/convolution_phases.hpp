// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// A convolution of integers as plain convolutions of stride `step` over one padded source: a transposed one as the
/// phases of its stride, each over the taps that meet it; one of repeated cells (ConvolutionSpec::Axis) as the phases of
/// the repetition, in which the weights of taps that meet one cell are added up. Anything else is one phase.
struct ConvolutionPhases {
  using Axes = std::array<std::int64_t, 3>;  ///< along z, y, x
  /// Kernel indices along one axis that meet the same source cell, cell by cell.
  using Taps = std::vector<std::vector<std::int64_t>>;
  struct Phase {
    Axes start{};   ///< first output pixel
    Axes count{};   ///< output pixels of the phase
    Axes origin{};  ///< first tap of the first pixel in the padded source
    std::array<Taps, 3> kernels;

    std::int64_t taps(std::size_t axis) const noexcept { return static_cast<std::int64_t>(kernels[axis].size()); }
  };

  explicit ConvolutionPhases(const ConvolutionSpec& spec);

  Axes padded{}, before{};  ///< sizes of the padded source; its pixels before the source's first
  Axes step{};              ///< source pixels from one output pixel of a phase to the next
  Axes spread{};            ///< output pixels from one of a phase to the next
  std::vector<Phase> phases;
};

/// The weight of tap (z, y, x) of a phase: the sum of those of the kernel indices there. Precondition: spec still has its
/// weights.
std::int32_t phase_weight(const ConvolutionSpec& spec, const ConvolutionPhases::Phase& phase, std::int64_t output,
                          std::int64_t input, const ConvolutionPhases::Axes& tap);

}  // namespace octocal::engine
