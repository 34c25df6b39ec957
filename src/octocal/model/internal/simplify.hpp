// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <set>
#include <string>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// Brings a graph as files have it to the ops and the form that octocal has (opset 13), and resolves what exporters
/// leave to the runtime although it is fixed once the sizes are:
///
/// - ops that octocal lacks but knows the formula of become other ops, and the forms of other opsets that of opset 13
///   (rewriting.hpp);
/// - ops of constants alone become constants, so long as all of them together stay small;
/// - Shape becomes a constant, too, with the number of showers in it, which may be reckoned with as long as it stands by
///   itself where it is used: in a Reshape, Expand, Tile, Resize or at the end of a Slice.
///
/// `kept_casts` are outputs of Casts between float32 and 16-bit floats that say in what a value is stored: they stay,
/// all others are computed in float32. `opset` is the file's; `fixed_batch`: the file says 1 where the batch stands. Returns the values whose type and shape
/// are known then, by name; where a node cannot be understood, it and what hangs on it are left as they are
/// (infer_shapes says why). Errors: bad_input naming `origin` and the node.
std::map<std::string, Value> simplify(Graph& graph, const std::string& origin, int opset, bool fixed_batch,
                                      const std::set<std::string>& kept_casts = {});

}  // namespace octocal::model
