// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// Resolves QuantizeLinear and DequantizeLinear of constants, as quantizers elsewhere write them:
///
/// - QuantizeLinear of a constant becomes the 8-bit constant (float weights of quantization-aware training);
/// - DequantizeLinear of a constant becomes the float32 one (int32 biases, factors, batch norms), except for weights of
///   int8, uint8 or int16: the second input of Conv, ConvTranspose, Gemm and MatMul stays so behind its
///   DequantizeLinear, which moves behind a Transpose or Reshape of the weights;
/// - DequantizeLinear of an int8 or int16 value gets the zero point 0 that it leaves out: who sees the node alone would
///   take the value for uint8.
///
/// `known` has types and shapes of values by name, as far as they are known, and gains those of new constants. Nodes
/// that cannot be understood are left as they are (infer_shapes says why). May be called again when more is constant.
/// Errors: bad_input naming `origin` for a constant that is defined twice.
void fold_quantized_constants(Graph& graph, std::map<std::string, Value>& known, const std::string& origin);

}  // namespace octocal::model
