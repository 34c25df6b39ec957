// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/ranks/ranks.hpp"
#include "octocal/train/recipe.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// Rank 0's tensors, bit for bit, in every rank, on the CPU; what the others held is gone. float32, float64 and int64. A
/// meeting.
void share_tensors(ranks::Ranks& ranks, TensorMap& tensors);

/// The state of rank 0's recipe in all of them. A meeting.
void share_state(ranks::Ranks& ranks, Recipe& recipe);

}  // namespace octocal::train
