// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// Copies spec's box from source to destination (starts of the buffers). Bytes are moved, not interpreted. Thread-safe,
/// does not allocate.
void permute(const PermuteSpec& spec, const std::byte* source, std::byte* destination) noexcept;

}  // namespace octocal::engine
