// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// Lays what the taps of a pixel see side by side, as channels, see JoinTapsSpec. Thread-safe, does not allocate. `out` may not overlap `in`.
void join_taps(const JoinTapsSpec& spec, const std::uint8_t* in, std::uint8_t* out) noexcept;

}  // namespace octocal::engine
