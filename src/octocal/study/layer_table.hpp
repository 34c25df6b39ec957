// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "octocal/engine/program.hpp"

namespace octocal::study {

/// What ran per layer, a line each, for the terminal.
std::string layer_table(const std::vector<engine::LayerReport>& layers);

}  // namespace octocal::study
