// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/engine/compile/plan.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::engine {

/// Turns a graph into a plan: aliases resolved, constants folded, blocks fused, orders chosen (channels last for
/// convolutions, a Transpose copies only where its reader needs it).
///
/// A value behind a DequantizeLinear stays u8 as long as its readers take it so: int8 convolutions compute with it,
/// Transpose, Reshape and Concat move its bytes; any other reader, and a graph output, gets a dequantized copy.
/// Errors: bad_input naming the layer, and `origin` where the graph is not whole.
Plan lower(const model::Graph& graph, const std::string& origin);

}  // namespace octocal::engine
