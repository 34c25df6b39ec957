// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/engine/compile/convolution_block.hpp"

namespace octocal::engine {

/// Reads and reorders the weights of a convolution and its geometry.
ConvolutionWeights read_convolution_weights(const model::Graph& graph, const model::Node& convolution,
                                            const model::Shape& input, model::ConvolutionGeometry& geometry);

}  // namespace octocal::engine
