// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"

// What Slice, Gather and ReduceSum say about axes, with ONNX's defaults, negative numbers and limits resolved.

namespace octocal::model {

/// Cells start, start + step, ... of one axis, `count` of them. The whole batch axis is {0, 1, kBatch}.
struct SliceAxis {
  std::int64_t start = 0;  ///< first index; not negative
  std::int64_t step = 1;   ///< to the next index; negative: backwards
  std::int64_t count = 0;  ///< indices that are taken
};

/// Whole numbers of a constant (int32 or int64). Errors: bad_input naming `origin` and the node.
std::vector<std::int64_t> whole_numbers(const Node& node, const Tensor& constant, const std::string& origin);

/// What a Slice takes of each axis of `shape`. starts, ends, axes and steps are its inputs 1 to 4 (the last two may be
/// nullptr). A free batch axis may only be taken whole. Errors: bad_input naming `origin` and the node.
std::vector<SliceAxis> slice_axes(const Node& node, const Shape& shape, const Tensor& starts, const Tensor& ends,
                                  const Tensor* axes, const Tensor* steps, const std::string& origin);

/// Indices of a Gather along an axis of `extent` cells, each 0 .. extent - 1, in C order of the indices' tensor.
/// Errors: bad_input naming `origin` and the node.
std::vector<std::int64_t> gather_indices(const Node& node, std::int64_t extent, const Tensor& indices,
                                         const std::string& origin);

/// Which axes of `shape` a ReduceSum sums over: its input 1 (`axes`, opset 13; nullptr if absent), or its attribute
/// (before). Without either it is all of them, or with noop_with_empty_axes none. A free batch axis cannot be summed
/// over. Errors: bad_input naming `origin` and the node.
std::vector<bool> reduced_axes(const Node& node, const Shape& shape, const Tensor* axes, const std::string& origin);

}  // namespace octocal::model
