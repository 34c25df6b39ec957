// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <string>

#include "octocal/model/graph.hpp"
#include "octocal/quant/scheme.hpp"
#include "octocal/quant/showers.hpp"
#include "octocal/quant/structure.hpp"

namespace octocal::quant {

/// Showers that judge a range: the difference of cells is a mean over all of theirs, so few decide.
inline constexpr std::size_t kJudgingShowers = 16;

/// Ranges by what they do to the generator's cells, whatever stands between: clipping a value that the last ReLU cuts
/// anyway costs nothing, a coarse step just above zero may cost everything. One site at a time, from the front of the
/// network to its back, is rounded and clipped by an 8-bit grid, all others stay in float32, and of some ranges the one
/// is taken with the least
///
///     sum over showers and cells of |cells - float32 cells|
///
/// Tried are the whole range, the starting range (least squares) and shares of that, then either end alone around the
/// best. Only what lies behind the site is run again. Runs `kJudgingShowers` of the showers, spread over all of them.
std::map<std::string, Range> cell_ranges(const model::Graph& graph, const Structure& structure,
                                         const std::map<std::string, Range>& whole,
                                         const std::map<std::string, Range>& start, ActivationScheme scheme,
                                         const ShowerInputs& showers, const Backend& backend,
                                         const std::string& origin);

}  // namespace octocal::quant
