// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/quant/quantizer.hpp"
#include "octocal/quant/showers.hpp"

namespace octocal::quant {

/// A model in which every op has an output of its own in 8 bits.
struct OpByOpModel {
  QuantizedModel model;                    ///< layers: Conv, ConvTranspose, Gemm, MatMul
  std::vector<std::string> float32_nodes;  ///< that stay in float32: see integer_nodes() in op_by_op_form.hpp
};

/// Quantizes as TensorFlow Lite's full-integer post-training quantization does (tensorflow.org/lite/performance/
/// quantization_spec), in QDQ form:
///
/// | what              | numbers                                                                                      |
/// |-------------------|----------------------------------------------------------------------------------------------|
/// | values            | int8 in [-128, 127] with a zero point, one grid a tensor, from the smallest and largest value |
/// | weights           | int8 in [-127, 127], a scale for each output channel                                          |
/// | biases            | int32, scale = scale of the input * scale of the weights                                      |
/// | constants beside  | int8 with a zero point, one grid a tensor                                                     |
///
/// Every op's output has a grid of its own, element-wise ops' and the graph's inputs and output too. A Relu behind a
/// convolution, Gemm, Add, Sub or Mul is part of it; what only moves numbers keeps the grid; a Concat brings its inputs to
/// its own. Nothing is corrected. Metadata is kept. Errors: as Quantizer.
OpByOpModel quantize_op_by_op(const model::Graph& graph, const ShowerInputs& calibration, const Backend& backend,
                              const std::string& origin);

/// The grid of a value: activation_grid(range, kU8) in int8, q - 128.
Grid int8_grid(Range range) noexcept;

}  // namespace octocal::quant
