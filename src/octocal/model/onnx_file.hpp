// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::model {

/// Opsets of files that are read. Whatever a file has, its graph has the form of opset 13.
inline constexpr int kOldestOpset = 11;
inline constexpr int kNewestOpset = 21;

/// What a file says of itself, beside its graph.
struct OnnxSource {
  int opset = 0;                        ///< of the file
  std::int64_t ir_version = 0;          ///< of the file
  std::string producer;                 ///< "pytorch 2.9.1", "" if it does not say
  std::vector<std::string> data_files;  ///< files beside the model that hold weights
  bool other_floats = false;            ///< it holds float16, bfloat16 or float64, which are computed in float32
};

/// Reads and checks an ONNX file (opset 11 to 21; see docs/formats.md for the ops) and the files with weights beside it.
/// Unnamed nodes get names; floats of other widths become float32, which is said in a line on stderr.
/// Errors: bad_input naming the file and, where there is one, node and op: missing, truncated, not ONNX, unknown op or
/// opset, shapes that do not fit, weights that are not finite, weights in a file that is missing, too short or outside
/// the model's folder.
Graph read_onnx(const std::string& file, OnnxSource* source = nullptr);

/// Writes a graph as ONNX (IR version 7, the graph's opset). Same graph, same bytes. The file is complete or absent.
/// Errors: as PendingFile; run_failed if the disk is full.
void write_onnx(const Graph& graph, const std::string& file);

/// The same, to and from memory. `origin` is used in messages. Weights in other files are refused.
Graph parse_onnx(const std::string& bytes, const std::string& origin, OnnxSource* source = nullptr);
std::string serialize_onnx(const Graph& graph);

/// XXH3-128 of the serialized graph without its metadata: two models with the same weights and operations agree.
std::string graph_hash(const Graph& graph);

}  // namespace octocal::model
