// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/engine/compile/convolution_block.hpp"
#include "octocal/engine/compile/view.hpp"

namespace octocal::engine {

/// The float32 convolution of a block (post-ops fused); buffers are set by the caller.
ConvolutionSpec float32_convolution(const ConvolutionBlock& block);

/// The integer convolution of a block on a u8 or u16 source. With `destination` the block's QuantizeLinear is fused and
/// the destination is u8 or u16, otherwise float32. Batch norm, the scales and the zero points are folded in double and rounded to
/// float32 once. Precondition: block.weights fit the source.
ConvolutionSpec integer_convolution(const ConvolutionBlock& block, const Quantization& source,
                                    const std::optional<Quantization>& destination);

/// Whether a convolution of bytes has so few channels that its taps along x had better be joined to channels (JoinTapsSpec):
/// instructions multiply four channels at once, kernels often sixteen, and what is missing to that counts as zeros.
bool gains_by_joined_taps(const ConvolutionSpec& spec) noexcept;

/// Makes a convolution into the one that reads joined taps, which has the same sums: one tap along x, and along y where
/// they are few enough. Says how to join.
JoinTapsSpec join_taps_of(ConvolutionSpec& spec);

}  // namespace octocal::engine
