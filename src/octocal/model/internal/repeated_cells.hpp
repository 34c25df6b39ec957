// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// Keras writes UpSampling3D as a Split into single cells along an axis and a Concat of each of them several times, an
/// axis after the other. Such a Concat becomes the Resize that copies the same cells, and Slices that nobody reads then
/// are dropped. `known` holds the shapes of values.
void join_repeated_cells(Graph& graph, const std::map<std::string, Value>& known, const std::string& origin);

}  // namespace octocal::model
