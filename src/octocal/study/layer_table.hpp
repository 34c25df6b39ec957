// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "octocal/engine/program.hpp"
#include "octocal/model/folded_layers.hpp"

namespace octocal::study {

/// What ran per layer, for the terminal: a line each if `every`, else small ones of one name in one line
/// (model/folded_layers.hpp).
std::string layer_table(const std::vector<engine::LayerReport>& layers, bool every);

/// The lines of such a table.
std::vector<model::LayerLine> fold_layers(const std::vector<engine::LayerReport>& layers, bool every);

/// Texts that differ, each once, joined by "+": what is said of several layers together.
std::string joined(const std::vector<engine::LayerReport>& layers, std::size_t first, std::size_t count,
                   std::string engine::LayerReport::*text);

}  // namespace octocal::study
