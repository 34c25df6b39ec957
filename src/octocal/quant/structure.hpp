// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

namespace octocal::quant {

/// One layer that can run in int8: a Conv or ConvTranspose with constant float32 weights, and what follows it before
/// the next layer reads it: at most one activation (LeakyRelu, Relu) and one BatchNormalization, in either order.
struct Layer {
  std::string name;                  ///< of the Conv or ConvTranspose node: what a precision plan calls the layer
  std::string op;                    ///< "Conv" or "ConvTranspose"
  std::string input;                 ///< value that it reads
  std::string weight;                ///< constant
  std::string convolution;           ///< value behind the Conv itself
  std::string activation;            ///< value behind the activation, "" if there is none
  std::string batch_norm;            ///< value behind the BatchNormalization, "" if there is none
  std::string output;                ///< value at the end of the block
  std::int64_t channels = 0;         ///< output channels
  std::int64_t weight_axis = 0;      ///< axis of the output channels in the weight
  std::vector<std::string> sources;  ///< where its input is quantized: values in front of ops that move cells
  bool feeds_layer = false;          ///< another layer reads its output, so that it is passed on quantized
  bool is_last = false;              ///< its output reaches one of the graph's, and no layer or matrix in between
};

/// Values that are quantized with one scale and zero point.
struct Site {
  std::string name;                 ///< of the node that makes the value, or of the Concat where several meet
  std::vector<std::string> values;  ///< of the graph
};

/// What can be quantized in a float32 graph, derived from its structure alone.
struct Structure {
  std::vector<Layer> layers;  ///< in graph order
  std::vector<Site> sites;    ///< every value that is quantized when all layers are in int8, in graph order
};

/// The graph without Identity and Dropout nodes, which do nothing in inference.
model::Graph without_identities(const model::Graph& graph);

/// Finds layers and sites. A value that passes only ops that move cells (Transpose, Slice, Resize, Tile, Pad of zeros), a
/// Concat, or a Reshape of a block's output, on its way to a layer is quantized once, in front of them: they then move bytes. Values that meet in a
/// Concat share a site. Precondition: a graph without Identity and Dropout. Errors: bad_input naming `origin` if it is
/// quantized already or has no layer.
Structure find_structure(const model::Graph& graph, const std::string& origin);

/// The part of the graph that computes `wanted`, which become its outputs (float32). Inputs, nodes and constants that
/// they do not need are left out. `origin` is used in messages.
model::Graph cut_graph(const model::Graph& graph, const std::vector<std::string>& wanted, const std::string& origin);

/// Drops constants that no node reads.
void drop_unused_constants(model::Graph& graph);

}  // namespace octocal::quant
