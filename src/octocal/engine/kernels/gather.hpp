// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// Picks numbers, see GatherSpec. Thread-safe, does not allocate. `out` may not overlap `in`.
void gather(const GatherSpec& spec, const float* in, float* out) noexcept;

}  // namespace octocal::engine
