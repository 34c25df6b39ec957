// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// Exporters write the repetition of cells (Keras' UpSampling3D, PyTorch's repeat_interleave) an axis after the other,
///
/// - as a Split into single cells along the axis and a Concat of each of them several times, or
/// - as an axis of one cell behind it, a Tile of that, and a Reshape that joins the two.
///
/// Either becomes the Resize that copies the same cells; what nobody reads then is dropped. `known` holds the shapes of values.
void join_repeated_cells(Graph& graph, const std::map<std::string, Value>& known, const std::string& origin);

}  // namespace octocal::model
