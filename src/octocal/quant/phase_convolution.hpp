// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "octocal/model/convolution_geometry.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::quant {

/// A ConvTranspose as a Conv of stride 1. Output pixels whose coordinates agree modulo the stride (a phase) see the
/// same taps; the Conv makes channel c of phase p as its channel c * phases + p, on ceil(output / stride) pixels or
/// more, and a Reshape, a Transpose, a Reshape and where needed a Slice put them in their places.
struct PhaseConvolution {
  model::Tensor weight;             ///< (channels * phases, input channels, taps...): int8, zeros where no tap is
  std::vector<std::int64_t> pads;   ///< of the Conv
  std::int64_t phases = 1;          ///< product of the strides
  model::Shape apart;               ///< the Conv's output as (-1, channels, phase of each axis, pixels of each axis)
  std::vector<std::int64_t> order;  ///< Transpose of that: each axis' phases behind its pixels
  model::Shape together;            ///< the whole image (-1, channels, pixels...)
  model::Shape output;              ///< pixels that are wanted: the first of them
};

/// Precondition: a ConvTranspose without groups and dilation, its weights int8.
PhaseConvolution phase_convolution(const model::ConvolutionGeometry& geometry, const model::Tensor& weight);

}  // namespace octocal::quant
