// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "octocal/base/machine.hpp"
#include "octocal/train/layers.hpp"
#include "octocal/train/precision.hpp"

namespace octocal::train {

/// Sizes of one convolution in Fourier space. Both axes alike; zeros are put symmetrically around the image, and
/// `skip` pixels before (and some after) the result that this gives are left out where Keras pads unevenly.
struct SpectralSizes {
  std::int64_t n, in, out, kernel, side, out_side;
  std::int64_t out_grid, skip;  ///< side of the result with symmetric padding; its first pixel that is wanted
  std::int64_t length;          ///< of the circle; odd
  Precision precision;
  Isa isa;  ///< whose kernels run

  std::int64_t half() const { return (length + 1) / 2; }
};
/// Kernels for the machine's instruction set, OCTOCAL_ISA considered.
SpectralSizes spectral_sizes(at::IntArrayRef image, at::IntArrayRef weight, Padding padding, Precision precision);

/// What spectral_forward has computed: pixels (n, out_side, out_side, out), and the spectrum of the image that
/// spectral_backward wants.
struct SpectralResult {
  at::Tensor pixels, spectrum;
};
/// pixels: (n, side, side, in) contiguous; weight: (K, K, in, out) contiguous.
SpectralResult spectral_forward(const SpectralSizes& sizes, const at::Tensor& pixels, const at::Tensor& weight);

/// Gradients from that of the result (n, out_side, out_side, out): of the pixels (n, side, side, in), where
/// `turned_weight` (K, K, out, in) is defined, and of the weight (K, K, in, out), where `spectrum` is.
struct SpectralGradients {
  at::Tensor pixels, weight;
};
SpectralGradients spectral_backward(const SpectralSizes& sizes, const at::Tensor& gradient,
                                    const at::Tensor& turned_weight, const at::Tensor& spectrum);

}  // namespace octocal::train
