// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <map>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// In what a layer computes, from the finest to the coarsest (docs/quantization.md):
///   kFloat32             activations, weights and sums in float32
///   kFloat16, kBfloat16  activations and weights rounded to the format, sums in float32
///   kInt16x12            activations in 16 bits, weights in 12, exact integer sums
///   kInt16x8             activations in 16 bits, weights in 8, exact integer sums
///   kInt8                activations and weights in 8 bits, exact integer sums
enum class Precision { kFloat32, kFloat16, kBfloat16, kInt16x12, kInt16x8, kInt8 };

/// All of them, finest first.
inline constexpr std::array kPrecisions = {Precision::kFloat32,  Precision::kFloat16, Precision::kBfloat16,
                                           Precision::kInt16x12, Precision::kInt16x8, Precision::kInt8};

const char* name_of(Precision precision) noexcept;  ///< "float32", "float16", "bfloat16", "int16x12", ...
/// True if the layer multiplies integers.
constexpr bool is_integer(Precision precision) noexcept { return precision >= Precision::kInt16x12; }
/// Bits of a weight where the layer multiplies integers.
constexpr int weight_bits(Precision precision) noexcept { return precision == Precision::kInt16x12 ? 12 : 8; }
/// In what a layer's input is stored: int16x12 and int16x8 share their 16-bit grids, of which kInt16x8 is the name.
constexpr Precision activations_of(Precision precision) noexcept {
  return precision == Precision::kInt16x12 ? Precision::kInt16x8 : precision;
}
/// Error: bad_input for another text.
Precision parse_precision(const std::string& text);

/// What precision is asked for each layer, by the name of its Conv, ConvTranspose, Gemm or MatMul node. Layers that are
/// not named stay float32. Kept as JSON text in metadata octocal.precision_plan: {"branch0.conv1": "int8", ...}, keys
/// sorted, so the same plan is the same text.
using PrecisionPlan = std::map<std::string, Precision>;

/// Names of the layers that a plan can name, in graph order.
std::vector<std::string> plannable_layers(const Graph& graph);

/// Every layer of the graph in one precision.
PrecisionPlan uniform_plan(const Graph& graph, Precision precision);

/// The text that is kept in the metadata.
std::string to_json_text(const PrecisionPlan& plan);
/// Errors: bad_input naming `origin`: not JSON, not an object of layer names and precisions.
PrecisionPlan parse_precision_plan(const std::string& json_text, const std::string& origin);

/// Error: bad_input naming `origin` and the layer if the plan names one that the graph lacks.
void check_plan(const PrecisionPlan& plan, const Graph& graph, const std::string& origin);

}  // namespace octocal::model
