// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// What one layer of a model is: a Conv, ConvTranspose, Gemm or MatMul with the elementwise ops that follow it and
/// nothing else (a block), or any other op alone. QuantizeLinear, DequantizeLinear and Cast only say how a value is
/// stored and are no layers.
struct LayerSummary {
  std::string name;              ///< of its first node
  std::string ops;               ///< "Conv+LeakyRelu+BatchNormalization"
  Shape output;                  ///< with kBatch
  std::uint64_t parameters = 0;  ///< trainable: weights, biases, scale and shift of batch norms; each constant once
  std::uint64_t statistics = 0;  ///< mean and variance of batch norms
  std::uint64_t macs = 0;        ///< multiply-accumulates a shower
  /// "int8" if input and weights, or for a layer without weights all inputs and the output, are stored in 8 bits;
  /// "int16x8", "int16x12": input in 16-bit integers, weights in 8-bit or 16-bit ones; "float16", "bfloat16": input and weights in that format (docs/precision.md);
  /// else "float32". "" for a layer that only moves numbers.
  std::string precision;
  std::string input_type;   ///< how the first input is stored: "float32", "uint8", ...
  std::string weight_type;  ///< how the weights are stored; "" if there are none
  std::string output_type;  ///< how the output is stored
};

/// A model in short.
struct ModelSummary {
  std::vector<LayerSummary> layers;  ///< in graph order
  std::uint64_t parameters = 0;      ///< of all layers
  std::uint64_t statistics = 0;      ///< of all layers
  std::uint64_t macs = 0;            ///< of all layers
  std::string precision;             ///< what the graph asks for, in one word: MainPrecision of all layers
};

/// Errors: bad_input naming `origin` for a graph that is not whole (see infer_shapes).
ModelSummary summarize(const Graph& graph, const std::string& origin);

}  // namespace octocal::model
