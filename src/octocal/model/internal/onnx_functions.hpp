// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "octocal/model/graph.hpp"

namespace onnx {
class FunctionProto;
class ModelProto;
}  // namespace onnx

namespace octocal::model {

/// Whether a graph holds an op that a file must define (cell_ops.hpp).
bool needs_functions(const Graph& graph) noexcept;

/// Adds to a file the functions that its graph needs, written out in ONNX's ops of opset 13, and their domain. The IR
/// version must be 8 or newer.
void write_functions(const Graph& graph, onnx::ModelProto& model);

/// Writes the function of one op. Precondition: is_cell_op(op).
void write_function(std::string_view op, onnx::FunctionProto& proto);

}  // namespace octocal::model
