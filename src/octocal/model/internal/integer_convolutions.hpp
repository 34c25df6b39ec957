// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/model/graph.hpp"

namespace octocal::model {

/// What a file has in place of a Conv without bias whose values and weights are both dequantized with scale 1 (one for
/// the tensor): ConvInteger on the integers, and a Cast of its int32 sums to float32. The same numbers, since products and
/// sums of integers are exact; runtimes have an integer kernel for it. Reading turns it back.
Graph with_integer_convolutions(const Graph& graph);

}  // namespace octocal::model
