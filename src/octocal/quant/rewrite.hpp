// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/quant/scheme.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {

/// All that turns a float32 graph into a quantized one.
struct Recipe {
  ActivationScheme activations = ActivationScheme::kU8;   ///< of every site
  WeightScheme weights = WeightScheme::kPerChannel;       ///< of every int8 layer
  std::map<std::string, Range> ranges;                    ///< of each site, by its name
  std::set<std::string> keep_float32;                     ///< names of layers
  std::map<std::string, std::vector<float>> corrections;  ///< added to a layer's output channels, by its name
  std::map<std::string, std::vector<float>> gains;        ///< factors of a layer's weights: one a channel, or one
};

/// The value of a layer that a correction shifts: behind its BatchNormalization, else behind the convolution itself.
/// The shift goes into the batch norm's beta or the convolution's bias, so it is exact and costs nothing.
const std::string& corrected_value(const Layer& layer);

/// Sites that are quantized under a recipe: those that an int8 layer reads, and those that an int8 layer writes for
/// another layer to read.
std::vector<const Site*> quantized_sites(const Structure& structure, const std::set<std::string>& keep_float32);

/// Writes QuantizeLinear/DequantizeLinear pairs into a float32 graph (opset 13; ONNX's QDQ form):
///
///     weights      int8 constant -> DequantizeLinear (scales along the output channels) -> Conv or ConvTranspose
///     activations  value -> QuantizeLinear -> DequantizeLinear -> everything that read the value
///
/// One pair stands behind a whole block (convolution, activation, batch norm), none inside; biases stay float32; the
/// last layer's output stays float32. Values of one site share their scale and zero point constants. Metadata is kept.
/// Preconditions: structure is find_structure(graph); recipe.ranges holds every quantized site.
model::Graph insert_quantization(const model::Graph& graph, const Structure& structure, const Recipe& recipe);

}  // namespace octocal::quant
