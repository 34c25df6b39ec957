// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// Resolves what other exporters leave to the runtime although it is fixed once the sizes are:
///
/// - ops of constants alone (PyTorch's way to write pads: ConstantOfShape, Concat, Reshape, Slice, Transpose, Cast)
///   become constants;
/// - Shape becomes a constant, with -1 where the batch stands, which Reshape and Resize take as "the batch" (the way of
///   Keras to write Reshape). Arithmetic with such numbers is left as it is;
/// - Squeeze, Unsqueeze and Flatten become Reshape.
///
/// Returns the values whose type and shape are known then, by name; where a node cannot be understood, it and what
/// hangs on it are left out (infer_shapes says why). Errors: bad_input for a constant that is defined twice.
std::map<std::string, Value> simplify(Graph& graph, const std::string& origin);

}  // namespace octocal::model
