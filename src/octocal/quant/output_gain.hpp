// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "octocal/quant/float32_answers.hpp"
#include "octocal/quant/rewrite.hpp"
#include "octocal/quant/showers.hpp"

namespace octocal::quant {

/// What the graph makes of the last layer's output, channel by channel: y = f(v) with f(g v) = g^degree f(v) for g > 0.
struct HomogeneousOutput {
  std::string
      value;       ///< y, the last value with the layer's channels, e.g. cells in GeV in front of their transposition
  int degree = 1;  ///< 1 for Relu; 2 for its square
};

/// Follows a layer that no other layer reads through Relu, LeakyRelu and Mul. Nothing if something else comes first (a
/// bias, a batch norm), since a gain of the weights is then no gain of the output, and nothing if the output may be
/// negative (no Relu, no square): means next to zero make no gain.
std::optional<HomogeneousOutput> homogeneous_output(const model::Graph& graph, const Layer& layer);

/// Gains of the last layers' weights that give their outputs float32's means over the calibration showers:
///
///     gain[c] = (mean_float32(y[c]) / mean_quantized(y[c]))^(1 / degree)
///
/// Channels are the calorimeter's layers, so this is the mean energy in each of them. Rounding errors upstream are
/// noise v + n, and noise does not average out behind Relu or a square (mean (v + n)^2 = v^2 + mean n^2), so corrected
/// means of v do not correct it. One gain for all channels where the weights have one scale. Gains are exact up to
/// float32 rounding, and cost nothing: they go into the weights' scales. `recipe.gains` is ignored.
/// `float32`: of this graph and these showers.
std::map<std::string, std::vector<float>> correct_outputs(const model::Graph& graph, const Structure& structure,
                                                          const Recipe& recipe, const ShowerInputs& showers,
                                                          const Backend& backend, const std::string& origin,
                                                          Float32Answers& float32);

}  // namespace octocal::quant
