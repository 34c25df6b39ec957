// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace octocal::model {

/// A line of a table of layers: one layer, or several that are told of together.
struct LayerLine {
  std::size_t first = 0;  ///< number of its first layer
  std::size_t count = 1;  ///< of its layers
  std::string name;       ///< "final", or "profile/..." of many
};

/// Folds runs of small layers: kFewLayers or more in a row whose names agree up to the first '/', and that have at most
/// kSmallShare of the multiply-accumulates together, become one line. So the 202 steps of the profile network are one
/// and each convolution is one. Layers without a '/' in their name, and all if `every`, stay alone.
/// Precondition: names and macs are of the same size.
inline constexpr std::size_t kFewLayers = 4;
inline constexpr double kSmallShare = 0.001;
std::vector<LayerLine> fold_layers(const std::vector<std::string>& names, const std::vector<std::uint64_t>& macs,
                                   bool every);

}  // namespace octocal::model
