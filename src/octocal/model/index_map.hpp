// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

// Resize, Pad and Tile only copy cells: what they put where, with ONNX's defaults resolved.

namespace octocal::model {

/// For each index of the output along one axis the input's index that is copied there, or kFilled for a cell that the
/// input does not reach. Empty for an axis that is kept as it is (always so for the free batch axis).
using AxisMap = std::vector<std::int64_t>;
inline constexpr std::int64_t kFilled = -1;

/// Resize in mode nearest, from its inputs `scales` or `sizes` (the other one nullptr or empty). Knows the coordinate
/// transformations half_pixel (the default), pytorch_half_pixel, tf_half_pixel_for_nn, align_corners and asymmetric,
/// and the nearest modes round_prefer_floor (the default), round_prefer_ceil, floor and ceil; coordinates in float32,
/// as ONNX Runtime computes them. One map an axis of `input`. Errors: bad_input naming `origin` and the node.
std::vector<AxisMap> resize_maps(const Node& node, const Shape& input, const Tensor* scales, const Tensor* sizes,
                                 const std::string& origin);

/// Pad; negative pads crop. Modes constant, edge (the nearest cell), reflect (mirrored at the border's cell, which is not
/// repeated) and wrap (periodic). One map an axis of `input`. Errors: bad_input naming `origin` and the node.
std::vector<AxisMap> pad_maps(const Node& node, const Shape& input, const Tensor& pads, const std::string& origin);

/// Tile: the axis again and again. One map an axis of `input`. Errors: bad_input naming `origin` and the node.
std::vector<AxisMap> tile_maps(const Node& node, const Shape& input, const Tensor& repeats, const std::string& origin);

/// The shape behind the maps.
Shape mapped_shape(const Shape& input, const std::vector<AxisMap>& maps);

/// The maps of a Resize, Pad or Tile node of a graph whose input has this shape. Errors: as above, and bad_input for sizes
/// that are no constant.
std::vector<AxisMap> index_maps(const Graph& graph, const Node& node, const Shape& input, const std::string& origin);
/// What a Pad fills with: its constant, 0 without one. Errors: bad_input unless it is one float32 constant.
float fill_value(const Graph& graph, const Node& pad, const std::string& origin);

}  // namespace octocal::model
