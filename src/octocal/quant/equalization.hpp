// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/quant/calibration.hpp"
#include "octocal/quant/scheme.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {

/// What flows from one block to the layer that alone reads it can be scaled channel by channel: the factor goes into
/// what makes the value (its batch norm, else its weights and bias), the reciprocal into the reader's weights. In
/// float32 the network stays what it is, up to rounding; in integers small channels, and branches that meet in a Concat
/// with larger ones, no longer get the coarse steps of the largest.
///
/// A value with one factor for each of its channels, or one for all where a Transpose turns channels into pixels.
struct ScaledValue {
  std::string value;           ///< of a site
  std::string maker;           ///< layer at whose block's end it is
  bool per_channel = true;     ///< false: one factor
  std::size_t first = 0;       ///< the reader's first input channel that is fed by it
  std::size_t count = 0;       ///< the reader's input channels that are fed by it
  std::vector<float> factors;  ///< of each of the maker's channels
};

/// All values of the sites of one reader.
struct Equalization {
  std::string site;                 ///< by name (structure.hpp)
  std::string reader;               ///< layer
  std::vector<ScaledValue> values;  ///< of the site, without factors until choose_factors
};

/// Sites whose values can be scaled, in graph order: they come from blocks, and one layer alone reads them, through ops
/// that keep channels apart (Transpose, Concat along channels, Resize, Pad).
std::vector<Equalization> find_equalizations(const model::Graph& graph, const Structure& structure,
                                             const std::string& origin);

/// Chooses the factors that make the noise of the reader's sums least, that of 8-bit activations and that of 8-bit
/// weights together. With range R of the site and largest weight W[o] of each output channel, both after scaling:
///
///     noise(k) = sum_c (R / 255)^2 / 12 sum_o w[o, c]^2 / k[c]^2 + k[c]^2 mean(x[c]^2) taps sum_o (W[o] / 127)^2 / 12
///
/// so k[c]^4 is the ratio of the two, but at most what keeps the channel within R; eight rounds of that, since R and W
/// follow from k. Factors lie within 1/64 and 64; a channel that is always zero keeps 1.
void choose_factors(const model::Graph& graph, const Structure& structure,
                    const std::map<std::string, ValueStatistics>& statistics, Equalization& equalization);

/// The graph with the factors applied to the sites of these readers. Precondition: choose_factors was called.
model::Graph equalized(const model::Graph& graph, const Structure& structure,
                       const std::vector<Equalization>& equalizations, const std::set<std::string>& readers);

/// A site's range under the factors, from that of its values' channels.
Range equalized_range(const Equalization& equalization, const std::map<std::string, ValueStatistics>& statistics);

}  // namespace octocal::quant
