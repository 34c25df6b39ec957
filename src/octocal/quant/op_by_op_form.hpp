// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <string>

#include "octocal/model/graph.hpp"

namespace octocal::quant {

/// The graph in the ops that TensorFlow Lite has for it: a BatchNormalization directly behind a convolution goes into its
/// weights and bias, any other becomes a Mul and an Add. The same numbers up to rounding. Precondition: a graph without
/// Identity and Dropout.
model::Graph with_batch_norms_resolved(const model::Graph& graph);

/// Names of the nodes that TensorFlow Lite computes in integers when it quantizes the whole graph. Ops that have no
/// kernel of 8-bit integers there (Exp, Log, Div, Pow, Sqrt, Where, ...) are not among them. Where one stands in front of
/// all convolutions or behind them all, everything there stays in float32: what an exporter would leave outside.
std::set<std::string> integer_nodes(const model::Graph& graph);

/// True for a node that only puts the numbers of its first input elsewhere, so that its output keeps their grid.
bool keeps_grid(const model::Graph& graph, const model::Node& node);

}  // namespace octocal::quant
