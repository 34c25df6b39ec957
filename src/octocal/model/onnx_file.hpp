// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// Reads and checks an ONNX file (opset 11 to 17; see docs/formats.md for the ops). Unnamed nodes get names.
/// Errors: bad_input naming the file: missing, truncated, not ONNX, unknown op or opset, shapes that do not fit,
/// weights that are not finite.
Graph read_onnx(const std::string& file);

/// Writes a graph as ONNX (IR version 7, the graph's opset). Same graph, same bytes. The file is complete or absent.
/// Errors: as PendingFile; run_failed if the disk is full.
void write_onnx(const Graph& graph, const std::string& file);

/// The same, to and from memory. `origin` is used in messages.
Graph parse_onnx(const std::string& bytes, const std::string& origin);
std::string serialize_onnx(const Graph& graph);

/// XXH3-128 of the serialized graph without its metadata: two models with the same weights and operations agree.
std::string graph_hash(const Graph& graph);

}  // namespace octocal::model
