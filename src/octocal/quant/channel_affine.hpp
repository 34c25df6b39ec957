// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::quant {

/// gain * x + shift, for each channel.
struct ChannelAffine {
  std::vector<float> gain, shift;  ///< of each channel
};

/// What a BatchNormalization whose numbers are float32 constants does. Worked out in double, rounded once.
ChannelAffine affine_of(const model::Graph& graph, const model::Node& batch_normalization);

}  // namespace octocal::quant
