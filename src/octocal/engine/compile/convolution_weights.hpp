// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/engine/compile/convolution_block.hpp"

namespace octocal::engine {

/// Reads the weights of a Conv or ConvTranspose, and its geometry for an input of this shape. Errors: bad_input naming
/// the layer: weights that are not constant, one spatial axis, a grouped or dilated ConvTranspose.
ConvolutionWeights read_convolution_weights(const model::Graph& graph, const model::Node& convolution,
                                            const model::Shape& input, model::ConvolutionGeometry& geometry,
                                            const std::string& origin);

/// The weights of a Gemm or MatMul as those of a convolution of one tap over `rows` pixels in a row, with its geometry.
/// Gemm's alpha is in the scales. Errors: as above. Precondition: input 1 has two axes (a rule of the shapes).
ConvolutionWeights read_dense_weights(const model::Graph& graph, const model::Node& dense, std::int64_t rows,
                                      model::ConvolutionGeometry& geometry);

}  // namespace octocal::engine
