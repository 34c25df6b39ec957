// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "octocal/quant/rewrite.hpp"
#include "octocal/quant/showers.hpp"

namespace octocal::quant {

/// What learned rounding made of one layer.
struct ReconstructedLayer {
  std::vector<std::int8_t> values;  ///< in the order of the weight's tensor
  double nearest_error = 0;         ///< of the layer's sums with weights rounded to nearest (learned_rounding.hpp)
  double error = 0;                 ///< with these values
};

/// Learned rounding of every layer of integers, from the front to the back of the network: a layer sees what the
/// quantized layers before it, already learned, give it on up to 64 of the showers, at some thousands of its output
/// pixels. Layers that do not depend on each other are learned from one pass over the showers. Layers with groups, or
/// with more than 8,192 weights for each output channel, stay rounded to nearest and are not in the result.
///
/// Means count as well, although they are corrected afterwards: a shift in front of an activation is none behind it.
/// `recipe.learned` is ignored. Does not depend on the number of threads, bit by bit. Errors: what the backend throws;
/// Error(kInterrupted).
std::map<std::string, ReconstructedLayer> reconstruct_layers(const model::Graph& graph, const Structure& structure,
                                                             const Recipe& recipe, const ShowerInputs& showers,
                                                             const Backend& backend, const std::string& origin,
                                                             int threads);

}  // namespace octocal::quant
