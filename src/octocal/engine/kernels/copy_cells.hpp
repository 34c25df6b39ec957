// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// Upsampling and padding: copies runs of numbers to where spec.from says. Bytes are moved, not interpreted.
/// Thread-safe, does not allocate. `destination` may not overlap `source`.
void copy_cells(const IndexMapSpec& spec, const std::byte* source, std::byte* destination) noexcept;

}  // namespace octocal::engine
