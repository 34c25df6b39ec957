// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// Draws one shower's cells (DrawSpec). Spends its time on hits only: what is no hit costs one logistic function.
/// Functions as apply_function() has them, sums in the order of the bins: the same bytes on every instruction set.
/// Thread-safe, does not allocate. `scratch`: draw_scratch_floats(spec) numbers.
void draw_cells(const DrawSpec& spec, Isa isa, const float* values, const float* noise, float* out,
                float* scratch) noexcept;

/// What it needs for the weights of one hit's bins.
std::size_t draw_scratch_floats(const DrawSpec& spec) noexcept;

}  // namespace octocal::engine
