// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "fuzz/differential/graph_builder.hpp"

namespace octocal::fuzz {

/// LeakyRelu, Relu, PRelu or a batch norm.
Live add_activation(GraphBuilder& builder, const Live& value);

/// An op of one value that float32 need not round: Neg, Abs, Clip, Identity, a selection by Where.
Live add_exact_function(GraphBuilder& builder, const Live& value);

/// A function that has to be rounded (Exp, Tanh, Sigmoid, ...), of numbers for which it is tame.
Live add_rounded_function(GraphBuilder& builder, const Live& value);

/// Add, Sub, Mul, Max, Min of a value and a constant or another value, broadcast.
Live add_pair(GraphBuilder& builder, const Live& value, const std::vector<Live>& others);

/// Transpose, Reshape, Slice, Gather, Pad, Resize, Tile, or a Concat with other values.
Live add_move(GraphBuilder& builder, const Live& value, const std::vector<Live>& others);

/// ReduceSum, ReduceMax or ReduceMin over some axes.
Live add_reduction(GraphBuilder& builder, const Live& value);

}  // namespace octocal::fuzz
