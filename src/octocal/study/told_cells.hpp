// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/model/network_spec.hpp"

namespace octocal::study {

/// One draw of a network of cells, from which its likelihood follows (model/cell_ops.hpp).
struct ToldDraw {
  std::string values;              ///< what its head makes: an output of the graph
  std::string cells;               ///< what it would draw: an input of the graph
  model::Tensor colour;            ///< (columns, rows): where it draws
  model::Tensor log_density;       ///< (bins)
  model::Tensor basis;             ///< (S, bins)
  model::Tensor edges;             ///< (bins + 1)
  std::vector<std::int64_t> of_z;  ///< layers of the shower that it sees noise of,
  std::vector<std::int64_t> of_x;  ///< columns
  std::vector<std::int64_t> of_y;  ///< and rows
};

/// A network of cells that is told what it would draw.
struct ToldCells {
  /// Inputs: "energy" (N, 1), then x, y, z, description (N, D) and the draws' cells (N, layers, columns, rows), but not the last
  /// draw's, which no head sees; outputs: the values of each draw.
  model::Graph graph;
  model::AxisSizes image;       ///< cells along x, y, z
  std::string x, y, z;          ///< energies of columns, rows, layers, GeV, in the shapes of cell_ops.hpp
  std::string description;      ///< the numbers of profile_spec.hpp
  std::vector<ToldDraw> draws;  ///< in the order in which they draw
};

/// Cuts a network of cells open where it draws. Nothing for a graph that has no such network, or an unknown one.
std::optional<ToldCells> tell_cells(const model::Graph& graph, const std::string& origin);

}  // namespace octocal::study
