// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "octocal/base/machine.hpp"
#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// Inputs of see_cells(): one shower's energies, GeV; `drawn` is nullptr where spec.layers is 0.
struct SeenShower {
  const float* x;
  const float* y;
  const float* z;
  const float* drawn;
};

/// What a head sees of one shower (SeeSpec). Logarithms as apply_function() has them, of hits only; sums in an order of
/// their own: the same bytes on every instruction set. Thread-safe, does not allocate. `scratch`: see_scratch_floats(spec)
/// numbers.
void see_cells(const SeeSpec& spec, Isa isa, const SeenShower& shower, float* out, float* scratch) noexcept;

/// What it needs for slices and for hits.
std::size_t see_scratch_floats(const SeeSpec& spec) noexcept;

}  // namespace octocal::engine
