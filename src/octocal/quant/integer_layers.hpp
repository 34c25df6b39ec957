// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::quant {

/// Names of the constants that are a grid's scale and zero point.
struct GridNames {
  std::string scale, zero_point;  ///< in the graph
  bool operator==(const GridNames&) const = default;
};

/// Where a convolution's sums go.
enum class SumsGo {
  kStraight,  ///< to the grid that quantizes them
  kRounded,   ///< to 8 bits of their own, in front of what ends in a grid
  kOut        ///< on as they are
};

/// What becomes of one convolution of 8-bit values by int8 weights.
struct IntegerLayer {
  std::string value;                  ///< of the graph, that it makes: its own output, or that of what it absorbs
  std::vector<std::string> absorbed;  ///< nodes behind it that it takes over
  std::vector<float> gain, shift;     ///< of a BatchNormalization among them; else empty
  std::vector<double> weight_scale;   ///< of each channel
  SumsGo sums = SumsGo::kOut;         ///< where they go
  GridNames next;                     ///< kStraight: the grid
};

/// Those of a quantized graph, by node. Layers of other precisions or of a form that has no integer kernel elsewhere
/// (ConvTranspose with groups or dilation, weights with a zero point) are not among them.
std::map<std::string, IntegerLayer> integer_layers(const model::Graph& graph, const std::string& origin);

/// The grid of a value that is dequantized, or only moved behind that; nothing for others.
std::optional<GridNames> grid_of(const model::Graph& graph, const std::string& value, const std::string& origin);

}  // namespace octocal::quant
