// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::model::reference {

/// Evaluates a graph slowly and readably, one op after the other, each with the textbook loops: the oracle of every
/// other implementation, float32 and quantized. Shares no code with engine/.
///
/// `inputs` holds a tensor for each graph input (batch axis set). Returns every value named in `wanted`, or the graph's
/// outputs if it is empty. Sums run in double and are rounded to float32 once (so it is nearer to the truth than a
/// float32 runtime); QuantizeLinear rounds half to even and saturates; integer sums are exact. Errors: bad_input.
std::map<std::string, Tensor> evaluate(const Graph& graph, const std::map<std::string, Tensor>& inputs,
                                       const std::vector<std::string>& wanted = {});

}  // namespace octocal::model::reference
