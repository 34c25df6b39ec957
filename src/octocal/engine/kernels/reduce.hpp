// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// Sums and extremes over axes, see ReduceSpec; a NaN makes the extreme NaN. In float32 and in one order on every instruction set. A row along the fastest
/// axis, if that is joined, is added up in 8 lanes (cell i in lane i mod 8, in order of i), the cells beyond the
/// last whole 8 by themselves; then ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)) + rest. Rows are added to their output in
/// order. Thread-safe, does not allocate. `out` may not overlap `in`.
void reduce(const ReduceSpec& spec, const float* in, float* out) noexcept;

}  // namespace octocal::engine
