// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/engine/program.hpp"

namespace octocal::study {

/// What the steps of one kind take of a shower (table 2 of the paper).
struct OperationTime {
  std::string kind;        ///< one of kind_of()'s
  std::size_t layers = 0;  ///< steps of this kind
  double seconds = 0;      ///< processor seconds a shower
  double share = 0;        ///< of the seconds of all steps, 0 .. 1; 0 where nothing was measured
  std::uint64_t macs = 0;  ///< multiply-accumulates a shower
};

/// The kind of a step, by the first of its ops:
///
/// | kind            | ops                                                                                |
/// |-----------------|------------------------------------------------------------------------------------|
/// | convolutions    | Conv, ConvTranspose                                                                |
/// | dense layers    | Gemm, MatMul                                                                       |
/// | quantization    | QuantizeLinear, DequantizeLinear, Cast: rounding to other numbers and back         |
/// | batch norm      | BatchNormalization                                                                 |
/// | activations     | LeakyRelu, Relu, PRelu, Elu, Sigmoid, Softplus                                     |
/// | copies          | Transpose, Concat, Reshape, Slice, Gather, Resize, Pad, Tile, and changes of order |
/// | draws and fit   | DrawCells, ExpectedCells, SeeCells, FitCells, FitCellsByLog                        |
/// | other functions | all else                                                                           |
///
/// Where a step computes several ops in one pass ("Conv+LeakyRelu+BatchNormalization+QuantizeLinear") all its time is
/// of the first one's kind: the others are computed on sums in registers.
std::string kind_of(const engine::LayerReport& layer);

/// How many of the steps have `op` behind another op in their pass.
std::size_t count_in_passes(const std::vector<engine::LayerReport>& layers, const std::string& op);

/// Times by kind, in the order of the table above, those that occur. `seconds`: of each of the layers.
std::vector<OperationTime> operation_times(const std::vector<engine::LayerReport>& layers,
                                           const std::vector<double>& seconds);

}  // namespace octocal::study
