// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <vector>

#include "octocal/model/graph.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {

/// The chosen layers by their depth: the largest number of chosen layers on a way from the input to them. Layers of one
/// depth (branches) do not depend on each other.
std::vector<std::vector<const Layer*>> layers_by_depth(const model::Graph& graph, const Structure& structure,
                                                       const std::function<bool(const Layer&)>& chosen);

}  // namespace octocal::quant
