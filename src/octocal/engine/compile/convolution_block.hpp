// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "octocal/engine/compile/plan.hpp"
#include "octocal/model/convolution_geometry.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::engine {

/// The weights of a Conv, ConvTranspose, Gemm or MatMul as the graph holds them, turned to (oc, ic / groups, kernel).
struct ConvolutionWeights {
  /// Makes them in float32, dequantized if the graph's are quantized. Refers to the graph.
  std::function<std::vector<float>()> float32;
  std::vector<std::int16_t> integer;   ///< less their zero point; empty unless integer kernels can use them
  std::vector<float> scale;            ///< per output channel, with integer
  bool is_8_bit = true;                ///< false if the graph stores integers of 16 bits
  Element stored = Element::kFloat32;  ///< kBfloat16 or kFloat16 if the graph stores them so
  std::string why_not_integer;         ///< set if the graph's weights are quantized in a way that the kernels lack
  std::string why_not_u8;              ///< the same of inputs in 8 bits, where 16 would do

  /// Why integer kernels cannot take an input of this element; "" if they can.
  const std::string& why_not(Element source) const noexcept {
    return source == Element::kUint8 && why_not_integer.empty() ? why_not_u8 : why_not_integer;
  }
  /// The precision that such weights ask for with an input of this element.
  const char* precision(Element source) const noexcept {
    return source == Element::kUint16 && !is_8_bit ? "int16x12" : precision_of(source);
  }
  /// True if integer kernels can take an input of this element.
  bool fit(Element source) const noexcept { return is_integer(source) && !integer.empty() && why_not(source).empty(); }
};

/// A Conv, ConvTranspose, Gemm or MatMul and the nodes behind it that run in the same pass.
struct ConvolutionBlock {
  const model::Node* convolution = nullptr;
  model::ConvolutionGeometry geometry;
  model::ConvolutionGeometry::Axes repeats{1, 1, 1};  ///< ConvolutionSpec::Axis::repeat along z, y, x
  ConvolutionWeights weights;
  std::vector<float> bias;                ///< (oc) or empty
  std::vector<PostOp> post_ops;           ///< in real units
  std::vector<const model::Node*> nodes;  ///< convolution first
  std::string output;                     ///< the value that the last fused node makes

  /// The QuantizeLinear nodes that are the only readers of `output`; all have the same scale, zero point and type.
  std::vector<const model::Node*> quantize;
};

/// Reads a QuantizeLinear's or DequantizeLinear's per-tensor scale and zero point, u8 or s8, into the engine's u8.
/// Errors: bad_input naming the node for per-axis activations or scales that are no positive number.
Quantization activation_quantization(const model::Graph& graph, const model::Node& node);

/// The readers of a value if it is no output of the graph and all of them are QuantizeLinear nodes with the same scale,
/// zero point and type; else none.
std::vector<const model::Node*> only_quantized(const model::Graph& graph, const std::string& value);

/// The readers of a value if it is no output of the graph and all of them are Casts to this 16-bit format; else none.
std::vector<const model::Node*> only_rounded(const model::Graph& graph, const std::string& value, Element element);

/// The element that holds what a Cast to 16-bit floats makes; nullopt for other nodes.
std::optional<Element> rounding_of(const model::Node& node);

/// What BatchNormalization does: t * gain + shift, from its constants, rounded to float32 once.
PostOp batch_norm_affine(const model::Graph& graph, const model::Node& node);

/// Follows the graph from a convolution as far as its values have one reader and are no outputs of the graph:
/// LeakyRelu, Relu, BatchNormalization, Identity and Dropout in any order, then QuantizeLinear. Of a Gemm or MatMul,
/// `input` is the shape with the batch axis, and a BatchNormalization of more than two axes is left out.
/// Errors: bad_input naming the layer: weights that are not constant, a single spatial axis.
ConvolutionBlock find_convolution_block(const model::Graph& graph, const model::Node& convolution,
                                        const model::Shape& input, const std::string& origin);

}  // namespace octocal::engine
