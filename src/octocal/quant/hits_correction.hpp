// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "octocal/quant/float32_answers.hpp"
#include "octocal/quant/rewrite.hpp"
#include "octocal/quant/showers.hpp"

namespace octocal::quant {

/// Shifts of the last layers' channels that give their ReLU as many values above zero as float32's over the calibration
/// showers, where these values are the generator's output itself (nothing but moves behind the ReLU).
///
///     shift[c] = minus the (n + 1)-th largest v[c] of the quantized model, n = number of v[c] > 0 in float32
///
/// Rounding upstream is noise, and weights in 8 bits shift what lies just below zero: a ReLU makes energy of both, in
/// cells that should be empty. Means of v do not show it, since most of v is cut off. A channel without a value above
/// zero, or with nothing else, is not shifted. `recipe.gains` is ignored; recipe.corrections are those of the layers
/// before. Where a gain is made afterwards (correct_outputs), it has to multiply the shift, too. `float32`: of this
/// graph and these showers.
std::map<std::string, std::vector<float>> correct_hits(const model::Graph& graph, const Structure& structure,
                                                       const Recipe& recipe, const ShowerInputs& showers,
                                                       const Backend& backend, const std::string& origin,
                                                       Float32Answers& float32);

}  // namespace octocal::quant
