// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "octocal/base/machine.hpp"

namespace octocal::train::kernels {

/// LeakyReLU and a per-channel affine map in one pass over pixels of `channels` floats each:
/// out = (v < 0 ? slope v : v) * scale[c] + shift[c]. Runs the code for `isa`, which the machine must have: AVX-512 or
/// plain. Thread-safe, does not allocate.
void epilogue_forward(const float* image, std::size_t pixels, std::size_t channels, const float* scale,
                      const float* shift, float slope, float* out, Isa isa) noexcept;

/// Its gradients: image_gradient is overwritten, scale_gradient and shift_gradient are added to.
void epilogue_backward(const float* image, const float* gradient, std::size_t pixels, std::size_t channels,
                       const float* scale, float slope, float* image_gradient, float* scale_gradient,
                       float* shift_gradient, Isa isa) noexcept;

}  // namespace octocal::train::kernels
