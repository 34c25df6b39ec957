// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// Draws one shower's cells (DrawSpec). Spends its time on hits: what is no hit costs one logistic function. Functions
/// as apply_function() has them, sums in an order of their own: the same bytes on every instruction set. Thread-safe,
/// does not allocate. `values`: of each term of the spec, which are added. `scratch`: draw_scratch_bytes(spec) bytes,
/// aligned for float.
void draw_cells(const DrawSpec& spec, Isa isa, const std::array<const float*, 2>& values, const float* noise,
                float* out, std::byte* scratch) noexcept;

/// What it needs for the chances of all cells and the list of hits.
std::size_t draw_scratch_bytes(const DrawSpec& spec) noexcept;

/// Numbers of a bin's weights, (bins) each row, in the order that draw_cells() reads: `rest` where there is no bin.
std::vector<float> in_lanes(const std::vector<float>& rows, std::int64_t bins, float rest);

}  // namespace octocal::engine
