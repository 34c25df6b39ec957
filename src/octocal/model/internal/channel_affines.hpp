// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// Keras writes batch normalization behind a convolution as a factor and a shift a channel: a Mul and an Add of
/// constants (1, C, 1, ...). The pair becomes the BatchNormalization that computes the same numbers to the bit (mean 0,
/// variance 1, epsilon 0), which is known as part of the convolution's block. `known` holds the shapes of values.
void join_channel_affines(Graph& graph, const std::map<std::string, Value>& known);

}  // namespace octocal::model
