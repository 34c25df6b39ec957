// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "octocal/engine/compile/plan.hpp"

namespace octocal::engine {

/// Looks every number up in the table of its channel; formula at TableSpec. Thread-safe, does not allocate. `out` may
/// be `in`.
void table_u8(const TableSpec& spec, const std::uint8_t* in, std::uint8_t* out) noexcept;

}  // namespace octocal::engine
