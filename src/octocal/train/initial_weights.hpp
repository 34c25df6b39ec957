// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "octocal/model/graph.hpp"
#include "octocal/train/recipe.hpp"

namespace octocal::train {

/// Gives a recipe the weights of a float32 generator that octocal has exported; critics and optimisers start afresh.
/// first_step: where the schedule is entered. An output scale that the export has corrected goes into the last
/// convolution (the square of its result counts). Errors: bad_input naming `origin`: a parameter is missing, not
/// float32 or of another shape; another latent convention than the recipe's.
void start_from_model(Recipe& recipe, const model::Graph& graph, const std::string& origin, std::int64_t first_step);

}  // namespace octocal::train
