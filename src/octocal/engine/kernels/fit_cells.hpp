// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/plan.hpp"
#include "octocal/engine/kernels/see_cells.hpp"

namespace octocal::engine {

/// Fits one shower's drawn cells to its energies (FitSpec). Spends its time on hits only; sums over hits in the order of
/// layers, columns, rows: the same bytes on every instruction set. Thread-safe, does not allocate. `scratch`:
/// fit_scratch_bytes(spec) bytes, aligned for float.
void fit_cells(const FitSpec& spec, Isa isa, const SeenShower& shower, float* out, std::byte* scratch) noexcept;

/// What it needs for lists of hits and for the sums of slices.
std::size_t fit_scratch_bytes(const FitSpec& spec) noexcept;

}  // namespace octocal::engine
