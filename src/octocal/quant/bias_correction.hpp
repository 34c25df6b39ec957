// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "octocal/quant/float32_answers.hpp"
#include "octocal/quant/rewrite.hpp"
#include "octocal/quant/showers.hpp"

namespace octocal::quant {

/// Corrections that give every int8 layer's output channels the float32 network's means over the calibration showers.
///
///     correction[layer][c] = mean_float32(v[c]) - mean_quantized(v[c]),   v = corrected_value(layer)
///
/// measured from the front to the back of the network: a layer is measured with the layers before it corrected, so what
/// their rounding shifts is taken away here. Layers that do not depend on each other (branches) are measured in one
/// pass. Takes as many passes over the showers as the network is layers deep. `recipe.corrections` is ignored. `float32`: of
/// this graph and these showers.
std::map<std::string, std::vector<float>> correct_biases(const model::Graph& graph, const Structure& structure,
                                                         const Recipe& recipe, const ShowerInputs& showers,
                                                         const Backend& backend, const std::string& origin,
                                                         Float32Answers& float32);

}  // namespace octocal::quant
