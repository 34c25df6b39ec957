// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "octocal/engine/compile/plan.hpp"
#include "octocal/model/convolution_geometry.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::engine {

/// The weights of a Conv or ConvTranspose as the graph holds them, turned to (oc, ic / groups, kernel).
struct ConvolutionWeights {
  std::vector<float> float32;     ///< always there: dequantized if the graph's are int8
  std::vector<std::int8_t> int8;  ///< empty unless symmetric int8 with scales per output channel or tensor
  std::vector<float> scale;       ///< per output channel, with int8
  std::string why_not_int8;       ///< set if the graph's weights are quantized in a way that int8 kernels lack
};

/// A Conv or ConvTranspose and the nodes behind it that run in the same pass.
struct ConvolutionBlock {
  const model::Node* convolution = nullptr;
  model::ConvolutionGeometry geometry;
  ConvolutionWeights weights;
  std::vector<float> bias;                ///< (oc) or empty
  std::vector<PostOp> post_ops;           ///< in real units
  std::vector<const model::Node*> nodes;  ///< convolution first
  std::string output;                     ///< the value that the last fused node makes

  /// A QuantizeLinear that follows directly and alone, and its output.
  const model::Node* quantize = nullptr;
};

/// Reads a QuantizeLinear's or DequantizeLinear's per-tensor scale and zero point, u8 or s8, into the engine's u8.
/// Errors: bad_input naming the node for per-axis activations or scales that are no positive number.
Quantization activation_quantization(const model::Graph& graph, const model::Node& node);

/// What BatchNormalization does: t * gain + shift, from its constants, rounded to float32 once.
PostOp batch_norm_affine(const model::Graph& graph, const model::Node& node);

/// Follows the graph from a convolution as far as its values have one reader and are no outputs of the graph:
/// LeakyRelu, Relu, BatchNormalization, Identity and Dropout in any order, then a QuantizeLinear.
/// Errors: bad_input naming the layer: weights that are not constant, a single spatial axis.
ConvolutionBlock find_convolution_block(const model::Graph& graph, const model::Node& convolution,
                                        const model::Shape& input);

}  // namespace octocal::engine
